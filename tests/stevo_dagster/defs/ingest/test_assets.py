"""Ingest as assets: what waits in the inbox becomes events that Dagster knows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from stevo_dagster.defs.ingest.assets import ingest_assets, ingest_inbox_op
from stevo_dagster.defs.partitions import daily_partitions
from stevo_dagster.defs.resources import HomeResource
from stevo_dagster.lake import day_partition, manifest
from stevo_dagster.settings import Settings
from tests.stevo_dagster.ingest.kit import as_bytes, event, rows

DAYS = [date(2024, 3, 1), date(2024, 3, 2), date(2024, 3, 3)]
EVENTS = dg.AssetKey("events")


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as opened:
        yield opened


def materialise(settings: Settings, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    resources = {"home": HomeResource(path=str(settings.home))}
    return dg.materialize(
        [ingest_inbox_op], instance=instance, resources=resources, raise_on_error=False
    )


def drop(settings: Settings, name: str, lines: list, form: str = "events") -> Path:
    """Put a file into the inbox."""
    path = settings.inbox / form / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(as_bytes(lines))
    return path


def metadata(done: dg.ExecuteInProcessResult) -> dict[str, dict]:
    """What was told of each asset the op made."""
    return {
        made.asset_key.path[-1]: {name: value.value for name, value in made.metadata.items()}
        for made in done.asset_materializations_for_node("ingest_inbox")
    }


def test_files_in_the_inbox_become_events_that_dagster_knows(settings, instance) -> None:
    paths = [
        drop(settings, "a.jsonl", [event(n) for n in range(6)]),
        drop(settings, "b.jsonl", [event(1), b"bad", event(9)]),
    ]
    done = materialise(settings, instance)
    assert done.success
    assert not any(path.exists() for path in paths)
    assert len(rows(settings, "events")) == 7
    assert metadata(done) == {
        "landing_inbox": {"files": 2, "days published": 3},
        "quarantine": {"dagster/row_count": 1},
        "ingest_ledger": {"dagster/row_count": 2},
    }
    assert {row["run_id"] for row in rows(settings, "ingest_ledger")} == {done.run_id}
    assert instance.get_materialized_partitions(EVENTS) == {day.isoformat() for day in DAYS}
    for record in instance.fetch_materializations(EVENTS, limit=9).records:
        made = record.asset_materialization
        assert made is not None and made.partition is not None
        day = date.fromisoformat(made.partition)
        described = manifest(settings.lake, "events", day_partition(day))
        assert described is not None
        assert made.tags is not None and made.tags["dagster/data_version"] == described.version
        assert made.metadata["dagster/partition_row_count"].value == described.rows


def test_days_that_did_not_change_are_not_recorded_again(settings, instance) -> None:
    drop(settings, "a.jsonl", [event(n) for n in range(6)])
    materialise(settings, instance)
    drop(settings, "b.jsonl", [event(3, event_id="new")])
    done = materialise(settings, instance)
    assert metadata(done)["landing_inbox"] == {"files": 1, "days published": 1}
    newest, *_ = instance.fetch_materializations(EVENTS, limit=1).records
    assert newest.partition_key == DAYS[0].isoformat()


def test_a_refused_file_leaves_the_others_and_the_run_as_they_are(settings, instance) -> None:
    drop(settings, "a.jsonl", [b"bad", b"worse"])
    drop(settings, "b.jsonl", [event(1)])
    done = materialise(settings, instance)
    assert done.success
    assert metadata(done)["landing_inbox"] == {"files": 1, "days published": 1}
    assert (settings.landing / "rejected" / "a.jsonl.error.txt").is_file()


def test_an_empty_inbox_makes_nothing_and_passes(settings, instance) -> None:
    done = materialise(settings, instance)
    assert done.success
    assert metadata(done) == {
        "landing_inbox": {"files": 0, "days published": 0},
        "quarantine": {"dagster/row_count": 0},
        "ingest_ledger": {"dagster/row_count": 0},
    }


def test_events_are_daily_and_come_from_the_inbox() -> None:
    daily = daily_partitions(None)
    op, events = ingest_assets(daily)
    assert isinstance(op, dg.AssetsDefinition) and isinstance(events, dg.AssetSpec)
    assert events.key == EVENTS and events.partitions_def == daily
    assert [dep.asset_key.path[-1] for dep in events.deps] == ["landing_inbox"]
    assert {key.path[-1] for key in op.keys} == {"landing_inbox", "quarantine", "ingest_ledger"}
    assert {spec.group_name for spec in op.specs} == {events.group_name} == {"ingest"}
