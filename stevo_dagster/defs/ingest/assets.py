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

LEDGER_CHECK = "ledger_sums_exactly"
LEDGER_PARTS = ("accepted", "late_accepted", "duplicate", "conflict", "quarantined", "suppressed")


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
    check_specs=[
        dg.AssetCheckSpec(
            LEDGER_CHECK,
            asset="ingest_ledger",
            blocking=True,
            description="lines = accepted + late_accepted + duplicate + conflict + quarantined"
            " + suppressed, for every file and run",
        )
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
    yield ledger_result(settings.lake)


def ledger_result(lake: Lake) -> dg.AssetCheckResult:
    """Whether every ledger row sums exactly; the rows that do not are in the metadata."""
    from stevo_dagster.lake import connect

    rows: list[tuple[Any, ...]] = []
    wrong: list[tuple[Any, ...]] = []
    if partitions(lake, "ingest_ledger"):
        with connect(lake, ["ingest_ledger"]) as con:
            columns = ", ".join(LEDGER_PARTS)
            rows = con.execute(f"select file_id, lines, {columns} from ingest_ledger").fetchall()
        wrong = [row for row in rows if row[1] != sum(row[2:])]
    return dg.AssetCheckResult(
        asset_key="ingest_ledger",
        check_name=LEDGER_CHECK,
        passed=not wrong,
        metadata={
            "ledger rows": len(rows),
            "lines": sum(row[1] for row in rows),
            "rows that do not sum": dg.MetadataValue.json([list(row) for row in wrong[:20]]),
        },
    )


def _rows(lake: Lake, table: str) -> int:
    found = (manifest(lake, table, part) for part in partitions(lake, table))
    return sum(described.rows for described in found if described is not None)
