"""Inputs: read from the marts by SQL, and refused with the missing column named."""

from __future__ import annotations

import duckdb
import pandas as pd
import pytest

from stevo_dagster.errors import StevoError
from stevo_dagster.reports.correlations import leads
from stevo_dagster.reports.inputs import (
    REQUIRED_COLUMNS,
    SHARED,
    empty,
    read_correlations,
    read_frames,
)
from stevo_dagster.reports.page import render


def marts(city, ledger: pd.DataFrame) -> duckdb.DuckDBPyConnection:
    """A connection with the marts' views over a synthetic city."""
    connection = duckdb.connect()
    events = city.events.assign(
        weekday=city.events["hour"] // 24 % 7 + 1, local_hour=city.events["hour"] % 24
    )
    frames = {
        "fct_events": events,
        "agg_calendar": city.calendar,
        "agg_cell_hours": city.cell_hours,
        "fct_ingest_ledger": ledger.assign(file_id="f", received_at=pd.Timestamp("2024-05-01")),
        "fct_cleaning_ledger": pd.DataFrame(
            {"day": ["2024-03-01"] * 3, "reason": ["bot", "bot", "teleport"], "removed": [2, 3, 9]}
        ),
    }
    for name, frame in frames.items():
        connection.register(f"{name}_frame", frame)
        connection.execute(f"create view {name} as select * from {name}_frame")
    return connection


def test_published_frames_make_a_page(make_city, make_inputs):
    city = make_city(5, 42, lag_hours=6)
    inputs = make_inputs(city)
    connection = marts(city, inputs.ledger)
    for name in SHARED:
        connection.register(f"{name}_frame", getattr(inputs, name))
        connection.execute(f"create view {name} as select * from {name}_frame")
    frames = read_frames(connection)
    for name in (*SHARED, "ledger", "cleaning"):
        assert set(REQUIRED_COLUMNS[name]) <= set(frames[name].columns)
    assert list(frames["cleaning"]["reason"]) == ["teleport", "bot"]
    table = read_correlations(connection)
    assert leads(table).iloc[0]["lag_hours"] == 6
    assert "Purchases rise 6 hours" in render(make_inputs(city, correlations=table, **frames))


def test_a_missing_column_is_named(make_city, make_inputs):
    city = make_city(1, 7)
    days = city.activity["activity_days"].drop(columns=["users", "is_weekend"])
    with pytest.raises(StevoError, match="'activity_days' lacks users, is_weekend"):
        make_inputs(city, activity_days=days)


def test_another_language_is_refused(make_city, make_inputs):
    with pytest.raises(StevoError, match="not written in 'xx'"):
        _ = make_inputs(make_city(1, 7), language="xx").say


def test_k_below_one_is_refused(make_city, make_inputs):
    with pytest.raises(StevoError, match="k of at least 1, got 0"):
        make_inputs(make_city(1, 7), k=0)


def test_a_part_that_was_not_made_is_an_empty_frame_that_takes_text_and_numbers(
    make_city, make_inputs
):
    for name, columns in REQUIRED_COLUMNS.items():
        assert list(empty(name).columns) == list(columns)
        assert not len(empty(name)[empty(name)[columns[0]].str.startswith("x")])
    parts = tuple(name for name in REQUIRED_COLUMNS if name != "ledger")
    page = render(make_inputs(make_city(1, 14), **{name: empty(name) for name in parts}))
    assert "No evaluation came with this release" in page
    assert "No finding is supported" in page
