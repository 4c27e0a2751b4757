"""Models as assets: names, owners and layers, the days each needs, and which checks block."""

from __future__ import annotations

import json

import dagster as dg
import pytest

from stevo_dagster.defs.labels import Owner
from stevo_dagster.defs.warehouse.assets import warehouse_assets
from stevo_dagster.defs.warehouse.translator import days_back, dependencies
from stevo_dagster.warehouse import graph
from stevo_dagster.warehouse.build import ensure_manifest
from stevo_dagster.warehouse.tables import in_group, tables

DAILY = dg.DailyPartitionsDefinition("2024-03-01", end_date="2024-05-01")
LAYERS = {"int": "int", "agg": "agg", "fct": "fct", "dim": "dim"}


@pytest.fixture(scope="module")
def manifest() -> dict:
    return json.loads(ensure_manifest().read_text())


@pytest.fixture(scope="module")
def specs(manifest) -> dict[str, dg.AssetSpec]:
    made = warehouse_assets(manifest, DAILY)
    return {spec.key.path[-1]: spec for one in made for spec in one.specs}


def test_each_table_says_whose_it_is_what_it_is_and_when_it_is_built(specs):
    for name, spec in specs.items():
        assert spec.key == dg.AssetKey(name)
        assert list(spec.owners) == [Owner.data.value]
        assert spec.group_name == "warehouse"
        assert {"dbt", "duckdb", "parquet"} <= spec.kinds
        assert spec.tags["layer"] == LAYERS[name.split("_")[0]]
        assert spec.tags["access"] in ("restricted", "shared")
        assert spec.automation_condition is not None


def test_it_depends_on_the_lake_tables_it_reads_and_on_no_view(specs, manifest):
    for name, spec in specs.items():
        found = {dep.asset_key.path[-1] for dep in spec.deps}
        assert found == set(graph.parents(manifest, name))
        assert not found & {"stg_events", "stg_events_judged", "stg_home"}


@pytest.mark.parametrize(
    ("group", "parent", "back"),
    [
        ("days", "events", 14),
        ("days", "int_events_clean", 0),
        ("windows", "agg_user_days", 27),
        ("undated", "fct_events", 0),
    ],
)
def test_days_back_are_those_of_the_widest_table_of_the_op(group, parent, back):
    assert days_back(group, parent) == back


def test_a_day_needs_the_days_that_any_table_of_its_op_reads(manifest):
    for name in (*in_group("days"), *in_group("windows")):
        for dep in dependencies(manifest, name):
            parent = dep.asset_key.path[-1]
            back = days_back(tables()[name].group, parent) if tables()[parent].is_daily else 0
            mapping = dep.partition_mapping
            assert (mapping.start_offset if mapping else 0) == -back, (name, parent)


def test_only_tests_of_severity_error_block(manifest):
    checks = {
        spec.metadata["dagster_dbt/unique_id"]: spec
        for one in warehouse_assets(manifest, DAILY)
        for spec in one.check_specs
    }
    assert checks
    for unique_id, spec in checks.items():
        node = manifest["nodes"][unique_id]
        assert spec.blocking == (node["config"]["severity"].lower() == "error")
        assert spec.asset_key.path[-1] == graph.tests_of(manifest)[unique_id]
