"""Whole weeks of the events, counted back from the newest day.

Belongs here: which week an event belongs to. Does not belong here: what is counted in a week.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def week_of(day: str, events: str = "fct_events") -> str:
    """SQL of the first day of the week that holds ``day``; the newest week ends the events."""
    newest = f"(select max(day) from {events})"
    return f"({newest} - 6 - 7 * (date_diff('day', {day}, {newest}) // 7)::integer)::date"


def make_weekly(connection: duckdb.DuckDBPyConnection) -> int:
    """Make the temporary table ``weekly``, and return how many whole weeks there are.

    ``weekly`` holds user_id, week, day, event_at, event_key, event_type, category, local_hour,
    weekday, latitude, longitude, h3_r9, h3_r8 and h3_r7 of the events that lie in a whole week.
    """
    connection.execute(
        "create or replace temp table weekly as"
        f" with dated as (select *, {week_of('day')} as week from fct_events)"
        " select user_id, week, day, event_at, event_key, event_type::varchar as event_type,"
        " category::varchar as category, local_hour, weekday, latitude, longitude,"
        " h3_r9::varchar as h3_r9, h3_r8::varchar as h3_r8, h3_r7::varchar as h3_r7"
        " from dated where week >= (select min(day) from fct_events)"
    )
    found = connection.execute("select count(distinct week) from weekly").fetchone()
    assert found is not None
    return int(found[0])
