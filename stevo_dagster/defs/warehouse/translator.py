"""How models of the dbt project become assets.

Belongs here: keys, groups, owners, kinds, tags, dependencies and checks of dbt models. Does not
belong here: running dbt (`build.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings
from dagster_dbt.asset_utils import DAGSTER_DBT_UNIQUE_ID_METADATA_KEY

from stevo_dagster.defs.automation.conditions import when_inputs_are_whole
from stevo_dagster.defs.labels import Group, Owner, access_tags
from stevo_dagster.defs.partitions import looking_back
from stevo_dagster.warehouse import graph
from stevo_dagster.warehouse.tables import tables


class Translator(DagsterDbtTranslator):
    """Names assets after lake tables and makes them depend on the tables they are made from."""

    def __init__(self) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_asset_checks=True))
        self._owners: dict[str, str] = {}

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """The lake table's name."""
        return dg.AssetKey(dbt_resource_props["name"])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """Sources come from ingest, models are the warehouse."""
        is_source = dbt_resource_props["resource_type"] == "source"
        return (Group.ingest if is_source else Group.warehouse).value

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: Any
    ) -> dg.AssetSpec:
        """The default spec, with our owners, kinds, tags and dependencies."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        name = spec.key.path[-1]
        if unique_id.startswith("source.") or name not in tables():
            return spec
        layer = unique_id.split(".")[2].split("_")[0]
        return spec.replace_attributes(
            deps=dependencies(manifest, name),
            owners=[Owner.data.value],
            kinds={"dbt", "duckdb", "parquet"},
            tags={**access_tags(name), "layer": layer},
            automation_condition=when_inputs_are_whole(
                looks_back=tables()[name].group == "windows"
            ),
        )

    def get_asset_check_spec(
        self, asset_spec: dg.AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: Any
    ) -> dg.AssetCheckSpec | None:
        """One check a data test, on the model that the test belongs to."""
        owner = self._owner_of_test(manifest, unique_id)
        if owner != asset_spec.key.path[-1]:
            return None
        node = manifest["nodes"][unique_id]
        severity = (node.get("config", {}).get("severity") or "error").lower()
        return dg.AssetCheckSpec(
            name=node["name"],
            asset=asset_spec.key,
            description=node.get("description") or None,
            metadata={DAGSTER_DBT_UNIQUE_ID_METADATA_KEY: unique_id},
            blocking=severity == "error",
        )

    def _owner_of_test(self, manifest: Mapping[str, Any], unique_id: str) -> str | None:
        if not self._owners:
            self._owners = graph.tests_of(manifest)
        return self._owners.get(unique_id)


def dependencies(manifest: Mapping[str, Any], name: str) -> list[dg.AssetDep]:
    """The lake tables a model reads, with the days of each that one of its days needs."""
    table = tables()[name]
    deps = []
    for parent in graph.parents(manifest, name):
        is_mapped = table.group in ("days", "windows") and tables()[parent].is_daily
        back = days_back(table.group, parent) if is_mapped else 0
        deps.append(dg.AssetDep(parent, partition_mapping=looking_back(back) if back else None))
    return deps


def days_back(group: str, parent: str) -> int:
    """How many days before D the tables of one op need of a parent outside it.

    An op has one mapping a parent, so this is the most that any of its tables needs. Tables of the
    same op lie day on day: what they need of earlier days is computed again from `events`.
    """
    if tables()[parent].group == group:
        return 0
    members = [table for table in tables().values() if table.group == group]
    if group == "days":
        return max((table.lookback_days for table in members), default=0)
    return max((table.parent_days.get(parent, 0) for table in members), default=0)
