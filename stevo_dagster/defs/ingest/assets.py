"""Ingest as assets: what waits in the inbox becomes events, quarantine and a ledger.

Belongs here: the op that empties the inbox and the events it publishes. Does not belong here:
parsing and settling lines (`stevo_dagster/ingest/`).
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from stevo_dagster.defs.labels import Group, Owner, access_tags
from stevo_dagster.defs.resources import HomeResource
from stevo_dagster.lake import Lake, manifest, partitions
from stevo_dagster.records import record_events


def ingest_assets(daily: dg.PartitionsDefinition) -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """The inbox op and the daily `events` that it publishes."""
    events = dg.AssetSpec(
        "events",
        deps=["landing_inbox"],
        partitions_def=daily,
        group_name=Group.ingest.value,
        owners=[Owner.data.value],
        kinds={"duckdb", "parquet"},
        tags=access_tags("events"),
        description="Accepted events in the event contract, one partition a UTC day. Published by"
        " ingest, day by day; materialise `landing_inbox` to make more.",
    )
    return [ingest_inbox_op, events]


def _spec(name: str, description: str, deps: list[str]) -> dg.AssetSpec:
    return dg.AssetSpec(
        name,
        deps=deps,
        group_name=Group.ingest.value,
        owners=[Owner.data.value],
        kinds={"python", "parquet"},
        tags=access_tags(name),
        description=description,
        skippable=True,
    )


@dg.multi_asset(
    name="ingest_inbox",
    specs=[
        _spec("landing_inbox", "Files dropped into `landing/inbox/<format>/`, ingested.", []),
        _spec("quarantine", "Lines that are no event, byte for byte, with reason.", []),
        _spec("ingest_ledger", "One row a file and run: where each line went.", []),
    ],
)
def ingest_inbox_op(context: dg.AssetExecutionContext, home: HomeResource) -> Iterator[Any]:
    """Ingest everything that waits in the inbox."""
    from stevo_dagster.ingest import ingest_inbox

    settings = home.settings()
    results = ingest_inbox(settings, context.run_id)
    days = record_events(context.instance, settings.lake)
    yield dg.MaterializeResult(
        asset_key="landing_inbox",
        metadata={"files": len(results), "days published": len(days)},
    )
    for table in ("quarantine", "ingest_ledger"):
        yield dg.MaterializeResult(
            asset_key=table, metadata={"dagster/row_count": _rows(settings.lake, table)}
        )


def _rows(lake: Lake, table: str) -> int:
    found = (manifest(lake, table, part) for part in partitions(lake, table))
    return sum(described.rows for described in found if described is not None)
