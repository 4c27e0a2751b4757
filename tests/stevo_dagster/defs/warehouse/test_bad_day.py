"""Good day, bad day, good day: the bad one is never recorded and never built upon.

In the same run, in a range run, in a later automation run, and by the chain.
"""

from __future__ import annotations

from datetime import date, timedelta

import dagster as dg
import pytest

from stevo_dagster.chain import run_chain
from stevo_dagster.definitions import build_defs
from stevo_dagster.errors import StevoError
from stevo_dagster.lake import day_of, partitions, releases
from stevo_dagster.runner import RunFailed
from stevo_dagster.warehouse.plan import DAY_MODELS, UNDATED_MODELS, WINDOW_MODELS

GOOD, BAD, LAST = (date(2024, 10, 10) + timedelta(days=number) for number in range(3))


def published(settings, table: str) -> list[date]:
    return [day_of(part) for part in partitions(settings.lake, table)]


def recorded(instance, table: str) -> set[str]:
    return instance.get_materialized_partitions(dg.AssetKey(table))


def days(*chosen: date) -> set[str]:
    return {day.isoformat() for day in chosen}


@pytest.mark.slow
def test_the_bad_day_stops_what_stands_on_it_in_every_way(settings, instance, runner):
    with pytest.raises(RunFailed) as error:
        runner.materialise([*DAY_MODELS, *WINDOW_MODELS], (BAD, BAD))
    assert "accepted_values" in str(error.value)
    assert published(settings, "fct_events") == [], "same run: the day's marts"
    assert recorded(instance, WINDOW_MODELS[0]) == set(), "same run: what stands downstream"

    with pytest.raises(RunFailed):
        runner.materialise(DAY_MODELS, (GOOD, LAST))
    assert published(settings, "int_events_clean") == [], "range run: nothing of the range"
    assert recorded(instance, "int_events_clean") == set()

    runner.materialise(DAY_MODELS, (GOOD, GOOD))
    runner.materialise(DAY_MODELS, (LAST, LAST))
    assert published(settings, "fct_events") == [GOOD, LAST]
    assert recorded(instance, "fct_events") == days(GOOD, LAST)

    with pytest.raises(RunFailed, match="not published"):
        runner.materialise(WINDOW_MODELS, (LAST, LAST))
    assert published(settings, WINDOW_MODELS[0]) == []

    defs = build_defs({"settings": settings})
    result = dg.evaluate_automation_conditions(defs, instance)
    for table in WINDOW_MODELS:
        asked = result.get_requested_partitions(dg.AssetKey(table))
        assert not days(BAD, LAST) & set(asked), "automation built upon the bad day"
    for table in (*UNDATED_MODELS, "sequences", "release"):
        assert result.get_num_requested(dg.AssetKey(table)) == 0, table


@pytest.mark.slow
def test_the_chain_publishes_the_good_days_names_the_bad_one_and_stops(settings, runner, said):
    with pytest.raises(StevoError) as error:
        run_chain(settings, None, None, lambda phase, text: said.append((phase, text)))
    assert "1 of 3 days could not be published" in error.value.problem
    assert error.value.where == BAD.isoformat()
    assert published(settings, "fct_events") == [GOOD, LAST]
    assert published(settings, WINDOW_MODELS[0]) == []
    assert releases.current(settings.releases) is None
    assert any("now day by day" in text for _, text in said)


@pytest.mark.slow
def test_a_mended_day_is_built_with_its_checks_rows_and_schema(
    settings, instance, runner, publish_day
):
    publish_day(BAD)
    runner.materialise(DAY_MODELS, (GOOD, LAST))
    assert recorded(instance, "fct_events") == days(GOOD, BAD, LAST)
    records = instance.fetch_materializations(
        dg.AssetRecordsFilter(dg.AssetKey("fct_events"), asset_partitions=[BAD.isoformat()]),
        limit=1,
    ).records
    metadata = records[0].asset_materialization.metadata
    assert metadata["dagster/partition_row_count"].value == 9
    columns = {column.name for column in metadata["dagster/column_schema"].schema.columns}
    assert {"day", "event_id", "h3_r9"} <= columns
    lineage = metadata["dagster/column_lineage"].column_lineage.deps_by_column
    assert [(dep.asset_key.path[-1], dep.column_name) for dep in lineage["event_id"]] == [
        ("int_events_clean", "event_id")
    ]
    runs = instance.get_runs()
    assert len(runs) == 1, "three days are one run"
    evaluations = instance.all_logs(runs[0].run_id, dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    assert len(evaluations) > 20
    assert all(one.dagster_event.asset_check_evaluation_data.passed for one in evaluations)
