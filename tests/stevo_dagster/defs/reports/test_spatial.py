"""Hot spots over the demo's marts: published, described, and empty where days are few."""

from __future__ import annotations

import dagster as dg

from models_ml.patterns.spatial.contracts import HOT_SPOT_COLUMNS
from stevo_dagster.defs.making import frame
from stevo_dagster.defs.reports import spatial
from stevo_dagster.defs.resources import HomeResource
from stevo_dagster.lake import UNDATED, manifest


def test_the_table_is_kept_while_current_and_its_columns_are_described(demo_copy):
    before = manifest(demo_copy.lake, "hot_spots", UNDATED)
    resources = {"home": HomeResource(path=str(demo_copy.home))}
    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize([spatial.find_hot_spots], instance=instance, resources=resources)
    (made,) = done.asset_materializations_for_node("find_hot_spots")
    schema = made.metadata["dagster/column_schema"].value
    assert {column.name: column.description for column in schema.columns} == HOT_SPOT_COLUMNS
    assert manifest(demo_copy.lake, "hot_spots", UNDATED) == before


def test_a_demo_of_nine_days_shows_no_hot_spot(demo_settings):
    assert len(frame(demo_settings, "hot_spots")) == 0
