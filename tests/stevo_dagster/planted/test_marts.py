"""The marts of a simulated city: sound events alone, on the local clock, with its holidays."""

from __future__ import annotations

import h3


def test_bots_and_impossible_moves_are_left_out(known):
    cleaning = known.truth["cleaning"]
    (events,) = known.con.execute("select count(*) from fct_events").fetchone()
    moves = {*cleaning["teleports"]["event_ids"], *cleaning["teleports"]["next_event_ids"]}
    assert cleaning["bots"]["events"] > 0 and moves
    assert events == known.truth["clean_events"] - cleaning["bots"]["events"] - len(moves)


def test_clock_and_cells_are_the_citys(known):
    wrong = known.con.execute(
        "select count(*) from fct_events"
        " where local_hour <> hour(timezone('America/New_York', event_at))"
        " or weekday <> isodow(timezone('America/New_York', event_at))"
        " or (h3_r9 is null) <> (latitude is null)"
    ).fetchone()
    assert wrong == (0,)
    latitude, longitude, *cells = known.con.execute(
        "select latitude, longitude, h3_r9, h3_r8, h3_r7 from fct_events where h3_r9 is not null"
        " limit 1"
    ).fetchone()
    assert cells == [h3.latlng_to_cell(latitude, longitude, 9), *(
        h3.cell_to_parent(h3.latlng_to_cell(latitude, longitude, 9), level) for level in (8, 7)
    )]  # fmt: skip


def test_aggregates_count_the_events(known):
    hours, days, events = known.con.execute(
        "select (select sum(events) from agg_cell_hours), (select sum(events) from agg_calendar),"
        " (select count(*) from fct_events)"
    ).fetchone()
    assert hours == days == events
    flagged = known.con.execute("select day::text from agg_calendar where is_holiday order by 1")
    assert [day for (day,) in flagged.fetchall()] == known.truth["effects"]["holidays"]["days"]
