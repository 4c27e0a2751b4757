"""Recorded = published: what the lake holds and Dagster does not know is reported to Dagster.

Belongs here: comparing the lake with the instance's asset events. Ops record what they publish
themselves; this covers what is published outside a run (`stevo ingest`) and by killed runs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING

from stevo_dagster.lake import Lake, day_of, day_partition, manifest, partitions, tables

if TYPE_CHECKING:
    import dagster as dg

    from stevo_dagster.lake import Manifest

DATA_VERSION = "dagster/data_version"
EMPTY_DAY = "empty"


def record_events(instance: dg.DagsterInstance, lake: Lake) -> list[date]:
    """Record every day of `events` whose published version Dagster has not seen.

    A day inside the data on which nothing happened has no partition in the lake; it is recorded
    with no rows, so that "missing" keeps meaning "not ingested yet".

    Returns:
        The days that were recorded now.
    """
    import dagster as dg

    key = dg.AssetKey("events")
    known = instance.event_log_storage.get_latest_tags_by_partition(
        key, dg.DagsterEventType.ASSET_MATERIALIZATION, [DATA_VERSION]
    )
    recorded = []
    for day in _days(lake):
        described = manifest(lake, "events", day_partition(day))
        version = described.version if described else EMPTY_DAY
        if known.get(day.isoformat(), {}).get(DATA_VERSION) == version:
            continue
        instance.report_runless_asset_event(
            dg.AssetMaterialization(
                "events",
                partition=day.isoformat(),
                metadata={"dagster/partition_row_count": described.rows if described else 0},
                tags={DATA_VERSION: version},
            )
        )
        recorded.append(day)
    return recorded


def record_published(
    instance: dg.DagsterInstance, lake: Lake, names: Iterable[str], dead_runs: Collection[str] = ()
) -> int:
    """Record partitions that were published by a run that was killed before it could say so.

    Args:
        instance: the Dagster instance.
        lake: the lake.
        names: tables that are assets of their own name.
        dead_runs: run ids of killed runs.

    Returns:
        How many partitions were recorded.
    """
    import dagster as dg

    count = 0
    for name in sorted(set(names) & set(tables(lake))):
        key = dg.AssetKey(name)
        published = partitions(lake, name)
        daily = published[0].startswith("day=")
        known = instance.get_materialized_partitions(key) if daily else set()
        has_any = bool(known) or instance.get_latest_materialization_event(key) is not None
        for part in published:
            described = manifest(lake, name, part)
            day = day_of(part).isoformat() if daily else None
            seen = day in known if daily else has_any
            if described is None or (seen and not _is_of(described, dead_runs)):
                continue
            instance.report_runless_asset_event(_materialization(name, day, described))
            count += 1
    return count


def _materialization(name: str, day: str | None, described: Manifest) -> dg.AssetMaterialization:
    import dagster as dg

    rows = "dagster/partition_row_count" if day else "dagster/row_count"
    return dg.AssetMaterialization(
        name,
        partition=day,
        metadata={rows: described.rows, "stevo/version": described.version},
    )


def _is_of(described: Manifest, run_ids: Collection[str]) -> bool:
    return any(described.run_id.startswith(run_id) for run_id in run_ids)


def _days(lake: Lake) -> list[date]:
    published = [day_of(part) for part in partitions(lake, "events")]
    if not published:
        return []
    count = (published[-1] - published[0]).days + 1
    return [published[0] + timedelta(days=number) for number in range(count)]
