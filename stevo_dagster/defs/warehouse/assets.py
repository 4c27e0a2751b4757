"""The tables of the warehouse as assets: one op a way of partitioning.

Belongs here: the three ops and their partitions. Does not belong here: SQL (`dbt_project/`) or what
an op does (`build.py`).
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import dagster as dg
from dagster_dbt import dbt_assets

from stevo_dagster.defs.resources import HomeResource
from stevo_dagster.defs.warehouse.build import build_tables
from stevo_dagster.defs.warehouse.translator import Translator

MAX_DAYS_A_RUN = 31


def warehouse_assets(
    manifest: Mapping[str, Any], daily: dg.PartitionsDefinition
) -> list[dg.AssetsDefinition]:
    """The ops `build_days`, `build_windows` and `build_undated`."""
    translator = Translator()
    chunked = dg.BackfillPolicy.multi_run(max_partitions_per_run=MAX_DAYS_A_RUN)

    @dbt_assets(
        manifest=manifest,
        select="tag:days,config.materialized:lake_day",
        name="build_days",
        partitions_def=daily,
        backfill_policy=chunked,
        dagster_dbt_translator=translator,
    )
    def build_days(context: dg.AssetExecutionContext, home: HomeResource) -> Iterator[Any]:
        yield from build_tables(context, home.settings(), _days(context))

    @dbt_assets(
        manifest=manifest,
        select="tag:windows",
        name="build_windows",
        partitions_def=daily,
        backfill_policy=chunked,
        dagster_dbt_translator=translator,
    )
    def build_windows(context: dg.AssetExecutionContext, home: HomeResource) -> Iterator[Any]:
        yield from build_tables(context, home.settings(), _days(context))

    @dbt_assets(
        manifest=manifest,
        select="tag:undated",
        name="build_undated",
        dagster_dbt_translator=translator,
    )
    def build_undated(context: dg.AssetExecutionContext, home: HomeResource) -> Iterator[Any]:
        yield from build_tables(context, home.settings(), [])

    return [build_days, build_windows, build_undated]


def _days(context: dg.AssetExecutionContext) -> list[date]:
    return [date.fromisoformat(key) for key in context.partition_keys]
