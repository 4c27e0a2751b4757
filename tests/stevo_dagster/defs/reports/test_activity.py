"""Activity over the demo's marts: what it depends on, described columns, and kept while current."""

from __future__ import annotations

import dagster as dg

from stevo_dagster.defs.making import frame
from stevo_dagster.defs.reports import activity
from stevo_dagster.defs.resources import HomeResource
from stevo_dagster.derived import DERIVED
from stevo_dagster.lake import UNDATED, manifest
from stevo_dagster.reports.contracts import ACTIVITY_COLUMNS


def test_the_specs_depend_on_what_is_read():
    for name in activity.TABLES:
        spec = activity.count_activity.specs_by_key[dg.AssetKey(name)]
        assert {dep.asset_key.path[-1] for dep in spec.deps} == set(DERIVED[name].reads)


def test_current_tables_are_kept_and_their_columns_described(demo_copy):
    before = {name: manifest(demo_copy.lake, name, UNDATED) for name in activity.TABLES}
    resources = {"home": HomeResource(path=str(demo_copy.home))}
    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize([activity.count_activity], instance=instance, resources=resources)
    for made in done.asset_materializations_for_node("count_activity"):
        schema = made.metadata["dagster/column_schema"].value
        name = made.asset_key.path[-1]
        described = {column.name: column.description for column in schema.columns}
        assert described == ACTIVITY_COLUMNS[name]
    assert {name: manifest(demo_copy.lake, name, UNDATED) for name in activity.TABLES} == before


def test_the_demos_people_are_counted_ten_at_a_time(demo_settings):
    for name in activity.TABLES:
        users = frame(demo_settings, name)["users"].dropna()
        assert (users >= demo_settings.k_anonymity).all()
    assert len(frame(demo_settings, "activity_hours"))
