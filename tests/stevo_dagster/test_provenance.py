"""The way back of a row: whole, through every table, to the bytes that came in."""

from __future__ import annotations

import json

import pytest

from stevo_dagster.derived import DERIVED
from stevo_dagster.errors import StevoError
from stevo_dagster.ingest.landing import find_landed
from stevo_dagster.lake import connect, files, manifest, partitions, run_staging, write_table
from stevo_dagster.provenance import explain_row, key_of
from stevo_dagster.settings import Settings
from stevo_dagster.warehouse.tables import tables

KEYED = sorted(
    name
    for name in {*tables(), *DERIVED}
    if (name in DERIVED or tables()[name].group not in ("staging", "source")) and key_of(name)
)
# Tables whose column `events` counts rows of this parent.
COUNTED = {
    "agg_calendar": "int_events_clean",
    "agg_cell_hours": "int_events_clean",
    "agg_item_days": "int_events_clean",
    "int_sessions": "int_events_clean",
    "int_stays": "int_events_clean",
    "dim_cells": "fct_events",
    "dim_items": "fct_events",
    "dim_users": "fct_events",
}


def some_rows(settings: Settings, table: str, number: int) -> list[dict]:
    with connect(settings.lake, [table]) as con:
        found = con.execute(f"from {table} order by hash({table}) limit {number}")
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def key_texts(table: str, row: dict) -> dict[str, str]:
    return {name: "" if row[name] is None else str(row[name]) for name in key_of(table)}


@pytest.mark.parametrize("table", KEYED)
def test_every_row_leads_back_to_its_lines_or_says_that_it_is_over_all(demo_settings, table):
    for row in some_rows(demo_settings, table, 2):
        found = explain_row(demo_settings, table, key_texts(table, row), limit=2)
        assert found.steps[0].table == table and found.steps[0].rows == 1
        for step in found.steps:
            for one in step.receipts:
                assert one.manifest == manifest(
                    demo_settings.lake, step.table, one.manifest.partition
                )
                assert one.outdated == []
        by_table = {step.table: step.rows for step in found.steps}
        if table in COUNTED:
            assert by_table[COUNTED[table]] == row["events"]
        if table == "fct_ingest_ledger":
            assert found.whole_files == [row["file_id"]]
        elif table == "evaluation":
            assert found.steps[0].whole == DERIVED["evaluation"].reads
        else:
            assert found.line_count == by_table.get("events", by_table.get("quarantine"))
            assert found.line_count >= len(found.lines) > 0


def test_a_line_is_the_one_the_event_came_in(demo_settings):
    (row,) = some_rows(demo_settings, "fct_events", 1)
    key = {"event_key": str(row["event_key"]), "day": str(row["day"])}
    found = explain_row(demo_settings, "fct_events", key)
    (line,) = found.lines
    assert (line.file_id, line.number) == (row["file_id"], row["line_number"])
    assert json.loads(line.raw)["event_id"] == row["event_id"]
    landed = find_landed(demo_settings, row["file_id"]).files["file"].read_bytes()
    assert landed.splitlines()[line.number - 1] == line.raw
    assert [step.table for step in found.steps] == ["fct_events", "int_events_clean", "events"]
    events = found.steps[-1].receipts[0].manifest
    assert f"landing/{row['file_id']}" in events.inputs, "events carry their originals"


def test_a_move_has_two_events_and_a_window_all_of_its_days(demo_settings):
    (move,) = some_rows(demo_settings, "int_moves", 1)
    found = explain_row(demo_settings, "int_moves", {"to_event_key": str(move["to_event_key"])})
    assert found.line_count == 2
    query = (
        "select user_id, max(day) as day, count(*) as days from agg_user_days group by 1 limit 1"
    )
    with connect(demo_settings.lake, ["agg_user_days"]) as con:
        user, day, days = con.execute(query).fetchall()[0]
    window = explain_row(demo_settings, "agg_user_windows", {"user_id": user, "day": str(day)})
    assert {step.table: step.rows for step in window.steps}["agg_user_days"] == days


def test_an_input_that_changed_since_is_named(demo_copy):
    lake = demo_copy.lake
    (row,) = some_rows(demo_copy, "agg_user_days", 1)
    part = f"day={row['day']}"
    with connect(lake, []) as con, run_staging(lake, "r"):
        path = files(lake, "events", [part])[0]
        rows = con.sql(f"from '{path}' where user_id <> '{row['user_id']}'")
        write_table(lake, "r", "events", part, rows, code_hash="c")
    found = explain_row(demo_copy, "agg_user_days", key_texts("agg_user_days", row))
    assert f"events/{part}" in found.steps[0].receipts[0].outdated
    assert found.line_count == 0 or "events" in [step.table for step in found.steps]


@pytest.mark.parametrize(
    ("table", "key", "problem", "fix"),
    [
        ("agg_usr_days", {"user_id": "u"}, "no table 'agg_usr_days'", "agg_user_days"),
        ("agg_user_days", {"usr": "u"}, "has no column usr", "day=… user_id=…"),
        ("agg_user_days", {}, "no column is named", "day=… user_id=…"),
        ("agg_user_days", {"user_id": "nobody"}, "no row with user_id=nobody", "day=…"),
        ("agg_user_days", {"day": "2024-10-12"}, r"\d+ rows have day=2024-10-12", "user_id=…"),
        ("agg_user_days", {"day": "soon"}, "'soon' is not of the type DATE", None),
        ("agg_user_days", {"user_id": ""}, "no row with user_id=", "day=…"),
        ("champion", {"model_source": "none such"}, "no row with", "its columns are: "),
    ],
)
def test_what_names_no_row_is_said_with_the_way_out(demo_settings, table, key, problem, fix):
    with pytest.raises(StevoError, match=problem) as error:
        explain_row(demo_settings, table, key)
    assert fix is None or fix in (error.value.fix or "")


def test_every_parent_is_a_table_and_every_key_its_column(demo_settings):
    for name in KEYED:
        made_of = DERIVED[name].made_of if name in DERIVED else tables()[name].made_of
        reads = DERIVED[name].reads if name in DERIVED else tuple(tables())
        assert set(made_of) <= set(reads), name
        described = manifest(demo_settings.lake, name, partitions(demo_settings.lake, name)[0])
        assert set(key_of(name)) <= {column["name"] for column in described.schema}, name
    dated = [name for name, one in tables().items() if one.group in ("days", "windows", "undated")]
    assert all(tables()[name].made_of for name in dated)
