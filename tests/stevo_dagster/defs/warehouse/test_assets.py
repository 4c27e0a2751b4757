"""The three ops of the warehouse: which tables each builds, by which days, in which chunks."""

from __future__ import annotations

import json

import dagster as dg
import pytest

from stevo_dagster.days import MAX_DAYS_A_RUN
from stevo_dagster.defs.warehouse.assets import warehouse_assets
from stevo_dagster.instance import WAREHOUSE_POOL
from stevo_dagster.warehouse.build import ensure_manifest
from stevo_dagster.warehouse.tables import in_group

DAILY = dg.DailyPartitionsDefinition("2024-03-01", end_date="2024-05-01")
OPS = {"build_days": "days", "build_windows": "windows", "build_undated": "undated"}


@pytest.fixture(scope="module")
def ops() -> dict[str, dg.AssetsDefinition]:
    made = warehouse_assets(json.loads(ensure_manifest().read_text()), DAILY)
    return {one.op.name: one for one in made}


def test_each_op_builds_the_tables_of_its_group(ops):
    assert list(ops) == list(OPS)
    for name, group in OPS.items():
        assert sorted(key.path[-1] for key in ops[name].keys) == list(in_group(group))


def test_dated_tables_have_days_and_undated_ones_have_none(ops):
    assert ops["build_days"].partitions_def == ops["build_windows"].partitions_def == DAILY
    assert ops["build_undated"].partitions_def is None


def test_every_op_is_in_the_pool_that_bootstrap_registers(ops):
    assert {one.op.pool for one in ops.values()} == {WAREHOUSE_POOL}


def test_a_backfill_of_thirty_days_is_one_run(ops):
    for name in ("build_days", "build_windows"):
        policy = ops[name].backfill_policy
        assert policy is not None
        assert 30 < policy.max_partitions_per_run == MAX_DAYS_A_RUN


def test_every_data_test_of_a_table_is_a_check_of_its_op(ops):
    checks = [spec for one in ops.values() for spec in one.check_specs]
    assert len({(spec.asset_key, spec.name) for spec in checks}) == len(checks) > 60
    for one in ops.values():
        assert {spec.asset_key for spec in one.check_specs} <= one.keys
