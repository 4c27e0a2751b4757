"""Tables of patterns over the demo's marts: published, described, and kept while current."""

from __future__ import annotations

import dagster as dg
import pytest

from models_ml.patterns.contracts import CONTRACTS
from stevo_dagster.defs.reports import spatial, temporal
from stevo_dagster.defs.resources import HomeResource
from stevo_dagster.derived import DERIVED
from stevo_dagster.lake import UNDATED, manifest

MADE = {
    key.path[-1]: made for made in (*spatial.ASSETS, *temporal.ASSETS) for key in made.keys
}  # fmt: skip


def test_every_contract_has_an_asset():
    assert set(MADE) == set(CONTRACTS)


@pytest.mark.parametrize("table", list(MADE))
def test_the_spec_depends_on_what_is_read(table):
    (one,) = MADE[table].specs
    assert {dep.asset_key.path[-1] for dep in one.deps} == set(DERIVED[table].reads)
    assert one.tags["access"] == "shared"


@pytest.mark.parametrize("table", list(MADE))
def test_a_current_table_is_kept_and_its_columns_are_described(table, demo_copy):
    before = manifest(demo_copy.lake, table, UNDATED)
    assert before is not None
    resources = {"home": HomeResource(path=str(demo_copy.home))}
    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize([MADE[table]], instance=instance, resources=resources)
    (made,) = done.asset_materializations_for_node(MADE[table].op.name)
    schema = made.metadata["dagster/column_schema"].value
    described = {column.name: column.description for column in schema.columns}
    assert described == CONTRACTS[table].descriptions
    assert manifest(demo_copy.lake, table, UNDATED) == before
