"""Cycles and forecasts over the demo's marts: what they read, and what is current is kept."""

from __future__ import annotations

import dagster as dg
import pytest

from stevo_dagster.defs.making import frame
from stevo_dagster.defs.reports import temporal
from stevo_dagster.defs.resources import HomeResource
from stevo_dagster.derived import DERIVED
from stevo_dagster.lake import UNDATED, manifest


@pytest.mark.parametrize("table", ["seasonality", "forecasts"])
def test_the_spec_depends_on_what_is_read(table):
    specs = {key: one for made in temporal.ASSETS for key, one in made.specs_by_key.items()}
    found = {dep.asset_key.path[-1] for dep in specs[dg.AssetKey(table)].deps}
    assert found == set(DERIVED[table].reads)


@pytest.mark.parametrize(
    ("table", "made"),
    [("seasonality", temporal.find_cycles), ("forecasts", temporal.forecast_days)],
)
def test_a_current_table_is_kept(table, made, demo_copy):
    before = manifest(demo_copy.lake, table, UNDATED)
    assert before is not None
    resources = {"home": HomeResource(path=str(demo_copy.home))}
    with dg.DagsterInstance.ephemeral() as instance:
        assert dg.materialize([made], instance=instance, resources=resources).success
    assert manifest(demo_copy.lake, table, UNDATED) == before


def test_the_small_demo_is_too_short_to_be_forecast(demo_settings):
    # nine days: no origin has four weeks before it
    assert not len(frame(demo_settings, "forecasts"))
