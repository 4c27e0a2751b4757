"""The tables of the warehouse as assets: one op a way of partitioning.

Belongs here: the three ops and their partitions. Does not belong here: SQL (`dbt_project/`) or what
an op does (`build.py`).
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import dagster as dg
from dagster_dbt import dbt_assets

from stevo_dagster.days import MAX_DAYS_A_RUN
from stevo_dagster.defs.resources import HomeResource
from stevo_dagster.defs.warehouse.build import build_tables
from stevo_dagster.defs.warehouse.translator import Translator
from stevo_dagster.instance import WAREHOUSE_POOL


def warehouse_assets(
    manifest: Mapping[str, Any], daily: dg.PartitionsDefinition
) -> list[dg.AssetsDefinition]:
    """The ops `build_days`, `build_windows` and `build_undated`."""
    return [
        _op(manifest, "build_days", "tag:days,config.materialized:lake_day", daily),
        _op(manifest, "build_windows", "tag:windows", daily),
        _op(manifest, "build_undated", "tag:undated", None),
    ]


def _op(
    manifest: Mapping[str, Any], name: str, select: str, daily: dg.PartitionsDefinition | None
) -> dg.AssetsDefinition:
    chunked = dg.BackfillPolicy.multi_run(max_partitions_per_run=MAX_DAYS_A_RUN)

    @dbt_assets(
        manifest=manifest,
        select=select,
        name=name,
        partitions_def=daily,
        backfill_policy=chunked if daily else None,
        pool=WAREHOUSE_POOL,
        dagster_dbt_translator=Translator(),
    )
    def build(context: dg.AssetExecutionContext, home: HomeResource) -> Iterator[Any]:
        days = [date.fromisoformat(key) for key in context.partition_keys] if daily else []
        yield from build_tables(context, home.settings(), days)

    return build
