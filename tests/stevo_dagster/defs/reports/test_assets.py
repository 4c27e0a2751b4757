"""Correlations and the page over the demo's marts: what is read, reused and shown."""

from __future__ import annotations

from dataclasses import replace

import dagster as dg
import pandas as pd
import pytest

from stevo_dagster.defs.making import frame
from stevo_dagster.defs.reports import assets
from stevo_dagster.defs.resources import HomeResource
from stevo_dagster.derived import DERIVED
from stevo_dagster.errors import StevoError
from stevo_dagster.lake import UNDATED, manifest, run_staging, write_table
from stevo_dagster.reports.figures import figures
from stevo_dagster.reports.page import FILES, render


def materialise(settings, made: dg.AssetsDefinition) -> dg.ExecuteInProcessResult:
    resources = {"home": HomeResource(path=str(settings.home))}
    with dg.DagsterInstance.ephemeral() as instance:
        return dg.materialize([made], instance=instance, resources=resources)


def pages(settings) -> dict[str, str]:
    """The published pages by file name."""
    return frame(settings, "report").set_index("name")["html"].to_dict()


def test_the_marts_that_are_read_are_the_inputs_that_make_a_table_stale():
    assert set(DERIVED["correlations"].reads) <= set(assets.MARTS)
    reports = {
        dep.asset_key.path[-1]
        for dep in assets.write_report.specs_by_key[dg.AssetKey("report")].deps
    }
    assert reports == set(DERIVED["report"].reads)


def test_the_page_is_made_again_to_the_byte(demo_settings):
    inputs = assets.report_inputs(demo_settings)
    assert inputs.simulated and inputs.k == demo_settings.k_anonymity
    assert inputs.has_places
    assert inputs.curves["epoch"].is_monotonic_increasing
    found = pages(demo_settings)
    assert set(found) == set(FILES.values())
    for code, name in FILES.items():
        assert render(replace(inputs, language=code)) == found[name]


def test_a_current_page_is_kept_and_its_figures_are_pictures(demo_copy):
    before = manifest(demo_copy.lake, "report", UNDATED)
    done = materialise(demo_copy, assets.write_report)
    (made,) = done.asset_materializations_for_node("write_report")
    pictures = [one for one in made.metadata.values() if isinstance(one, dg.MarkdownMetadataValue)]
    assert len(pictures) == len(figures(assets.report_inputs(demo_copy)))
    assert all(one.md_str.startswith("![chart](data:image/png;base64,") for one in pictures)
    assert manifest(demo_copy.lake, "report", UNDATED) == before


def test_correlations_are_made_again_when_a_mart_changes(demo_copy):
    before = manifest(demo_copy.lake, "correlations", UNDATED)
    assert before is not None
    day = "2024-10-10"
    query = f"select * from agg_calendar where day = '{day}'"
    busier = frame(demo_copy, "agg_calendar", query)
    with run_staging(demo_copy.lake, "r"):
        busier = busier.assign(events=busier["events"] + 1)
        write_table(demo_copy.lake, "r", "agg_calendar", f"day={day}", busier, code_hash="x")
    assert materialise(demo_copy, assets.correlate).success
    after = manifest(demo_copy.lake, "correlations", UNDATED)
    assert after is not None and after.version != before.version
    assert dict(after.inputs)[f"agg_calendar/day={day}"] != before.inputs[f"agg_calendar/day={day}"]


def test_a_home_without_marts_says_what_is_missing(settings):
    with pytest.raises(StevoError, match="activity_days is not published yet"):
        assets.report_inputs(settings)


def test_people_are_counted_and_never_reach_the_page(demo_settings):
    made = "".join(pages(demo_settings).values())
    users = frame(demo_settings, "dim_users")["user_id"]
    assert isinstance(users, pd.Series) and len(users) > 5
    assert not any(user in made for user in users)
