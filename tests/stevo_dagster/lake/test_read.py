"""The read API: forms, days, pins, and messages for what is not there."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pytest

from stevo_dagster.errors import StevoError
from stevo_dagster.lake import (
    Lake,
    manifest,
    read,
    releases,
    run_staging,
    write_table,
)
from stevo_dagster.settings import Settings


def put(lake: Lake, day: str, value: int) -> None:
    frame = pd.DataFrame({"day": [day], "value": [value]})
    with run_staging(lake, "r"):
        write_table(lake, "r", "agg_calendar", f"day={day}", frame, code_hash="c")


@pytest.fixture
def two_days(lake: Lake) -> Lake:
    put(lake, "2024-03-01", 1)
    put(lake, "2024-03-02", 2)
    return lake


def test_every_form_gives_the_same_rows(two_days: Lake) -> None:
    query = "select value from agg_calendar order by value"
    assert read("agg_calendar", sql=query, as_="records") == [{"value": 1}, {"value": 2}]
    assert read("agg_calendar", sql=query)["value"].tolist() == [1, 2]
    assert read("agg_calendar", sql=query, as_="arrow").to_pylist()[1] == {"value": 2}


def test_days_choose_partitions(two_days: Lake) -> None:
    assert read("agg_calendar", days=["2024-03-02"], as_="records")[0]["value"] == 2
    with pytest.raises(StevoError, match="day=2024-03-09 is not published"):
        read("agg_calendar", days=["2024-03-09"])


def test_a_near_miss_is_suggested(two_days: Lake) -> None:
    with pytest.raises(StevoError, match="did you mean agg_calendar"):
        read("agg_calender")


def test_a_hostile_name_is_no_table(two_days: Lake) -> None:
    with pytest.raises(StevoError, match="no table"):
        read("../agg_calendar")


def test_an_empty_home_says_what_to_run(settings: Settings) -> None:
    with pytest.raises(StevoError, match="nothing is published yet"):
        read("agg_calendar")


def test_a_release_reads_marts_in_the_versions_it_was_made_from(
    two_days: Lake, settings: Settings, tmp_path: Path
) -> None:
    described = manifest(two_days, "agg_calendar", "day=2024-03-01")
    assert described is not None
    path = tmp_path / "x.parquet"
    duckdb.sql("select 1 as x").write_parquet(str(path))
    pins = {"agg_calendar/day=2024-03-01": described.version}
    release = releases.build(settings.releases, {"x": path}, {}, {"lake": pins})
    put(two_days, "2024-03-01", 99)
    assert sorted(read("agg_calendar")["value"]) == [2, 99]
    assert read("agg_calendar", release=release.id)["value"].tolist() == [1]
    with pytest.raises(StevoError, match="was not made from"):
        read("agg_calendar", release=release.id, days=["2024-03-02"])
