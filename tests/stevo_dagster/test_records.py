"""What the lake holds is what Dagster knows."""

from __future__ import annotations

from datetime import date, timedelta

import dagster as dg
import pyarrow as pa
import pytest

from stevo_dagster.instance import open_instance
from stevo_dagster.lake import day_partition, run_staging, write_table
from stevo_dagster.records import record_events, record_published
from stevo_dagster.settings import Settings

DAY = date(2024, 10, 10)


@pytest.fixture
def instance(settings: Settings):
    with open_instance(settings) as opened:
        yield opened


def publish(settings: Settings, table: str, day: date, value: str, run_id: str = "seed") -> None:
    with run_staging(settings.lake, run_id):
        data = pa.table({"day": [day], "value": [value]})
        write_table(settings.lake, run_id, table, day_partition(day), data, code_hash="c")


def test_each_published_day_of_events_is_recorded_once(settings, instance):
    publish(settings, "events", DAY, "a")
    publish(settings, "events", DAY + timedelta(days=1), "b")
    assert record_events(instance, settings.lake) == [DAY, DAY + timedelta(days=1)]
    assert record_events(instance, settings.lake) == []
    known = instance.get_materialized_partitions(dg.AssetKey("events"))
    assert known == {"2024-10-10", "2024-10-11"}


def test_a_new_version_of_a_day_is_recorded_again(settings, instance):
    publish(settings, "events", DAY, "a")
    record_events(instance, settings.lake)
    publish(settings, "events", DAY, "late event")
    assert record_events(instance, settings.lake) == [DAY]


def test_a_day_on_which_nothing_happened_is_recorded_with_no_rows(settings, instance):
    publish(settings, "events", DAY, "a")
    publish(settings, "events", DAY + timedelta(days=2), "b")
    record_events(instance, settings.lake)
    records = instance.fetch_materializations(
        dg.AssetRecordsFilter(dg.AssetKey("events"), asset_partitions=["2024-10-11"]), limit=1
    ).records
    rows = records[0].asset_materialization.metadata["dagster/partition_row_count"]
    assert rows.value == 0


def test_what_a_killed_run_published_is_recorded(settings, instance):
    publish(settings, "agg_calendar", DAY, "a")
    assert record_published(instance, settings.lake, ["agg_calendar"]) == 1
    assert record_published(instance, settings.lake, ["agg_calendar"]) == 0
    publish(settings, "agg_calendar", DAY, "b", run_id="run-1.build_days")
    assert record_published(instance, settings.lake, ["agg_calendar"]) == 0
    assert record_published(instance, settings.lake, ["agg_calendar"], ["run-1"]) == 1


def test_tables_that_are_no_assets_are_left_alone(settings, instance):
    publish(settings, "agg_calendar", DAY, "a")
    assert record_published(instance, settings.lake, ["agg_flows"]) == 0
