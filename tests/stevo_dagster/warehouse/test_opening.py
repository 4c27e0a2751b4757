"""What a run opens of the lake, whatever the engine."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from stevo_dagster.errors import StevoError
from stevo_dagster.lake import day_partition, write_table
from stevo_dagster.settings import Settings, load_settings
from stevo_dagster.warehouse.opening import (
    SEEDS,
    default_time_zone,
    open_session,
    read_window,
    seed_path,
)
from stevo_dagster.warehouse.session import Window
from stevo_dagster.warehouse.tables import tables

DAY = date(2024, 3, 10)


def test_the_window_comes_from_the_environment() -> None:
    found = read_window({"STEVO_RUN_ID": "r", "STEVO_FROM_DAY": "2024-03-10", "STEVO_TO_DAY": ""})
    assert found == Window("r", DAY, None)
    assert read_window({}).run_id == "by-hand"


def test_the_snapshot_is_of_the_files_that_the_views_read(settings: Settings) -> None:
    columns = ", ".join(
        f"cast(null as {kind}) as {name}" for name, kind in tables()["events"].columns.items()
    )
    with duckdb.connect() as con:
        rows = con.sql(f"select {columns}")
        described = write_table(
            settings.lake, "run", "events", day_partition(DAY), rows, code_hash="c"
        )
    session, snapshot = open_session(settings, Window("r", DAY, DAY))
    assert snapshot.hashes["events"] == {day_partition(DAY): described.content_hash}
    assert session.published["events"][day_partition(DAY)].is_file()
    assert session.event_rows == {day_partition(DAY): 1}


def test_every_seed_has_its_file_with_its_columns() -> None:
    for name, columns in SEEDS.items():
        assert seed_path(name).read_text().splitlines()[0].split(",") == list(columns)


def test_a_country_without_a_zone_is_refused(settings: Settings) -> None:
    other = load_settings(settings.home, {"STEVO_ENV": "ci", "STEVO_COUNTRY": "XX"})
    with pytest.raises(StevoError, match="no default time zone for country 'XX'"):
        default_time_zone(other)
