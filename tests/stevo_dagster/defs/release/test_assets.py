"""The release asset: new numbers are a new release; a failed gate leaves readers what they have."""

from __future__ import annotations

import dagster as dg
import pandas as pd

from stevo_dagster.checks.asset_checks import check_name
from stevo_dagster.checks.release import release_suites
from stevo_dagster.defs.making import frame
from stevo_dagster.defs.release.assets import publish_release
from stevo_dagster.defs.release.contents import RELEASE_TABLES
from stevo_dagster.defs.resources import HomeResource
from stevo_dagster.instance import open_instance
from stevo_dagster.lake import UNDATED, read, releases, run_staging, write_table


def materialise(settings) -> dg.ExecuteInProcessResult:
    resources = {"home": HomeResource(path=str(settings.home))}
    with open_instance(settings) as instance:
        return dg.materialize(
            [publish_release], instance=instance, resources=resources, raise_on_error=False
        )


def change(settings, table: str, data: pd.DataFrame) -> None:
    with run_staging(settings.lake, "r"):
        write_table(settings.lake, "r", table, UNDATED, data, code_hash="x")


def test_it_depends_on_every_table_it_copies_and_has_a_check_an_expectation():
    (spec,) = publish_release.specs
    deps = {dep.asset_key.path[-1] for dep in spec.deps}
    assert set(RELEASE_TABLES) < deps and "report" in deps
    checks = {one.name: one for one in publish_release.check_specs}
    wanted = {
        check_name(suite.name, one.name): one.severity == "blocking"
        for suite in release_suites(10).values()
        for one in suite.expectations
    }
    assert {name: one.blocking for name, one in checks.items()} == wanted


def test_new_numbers_are_a_new_release_and_the_old_one_stays_readable(demo_copy):
    before = releases.current(demo_copy.releases)
    table = frame(demo_copy, "recommendations")
    change(demo_copy, "recommendations", table.assign(score=table["score"] / 2))
    done = materialise(demo_copy)
    assert done.success
    now = releases.current(demo_copy.releases)
    assert now.id > before.id
    (made,) = done.asset_materializations_for_node("publish_release")
    assert made.metadata["release id"].value == now.id
    assert made.tags["dagster/data_version"] == now.id
    halved = read("recommendations", home=demo_copy.home)["score"].max()
    whole = read("recommendations", release=before.id, home=demo_copy.home)["score"].max()
    assert halved * 2 == whole


def test_a_blocking_failure_leaves_readers_the_release_they_have(demo_copy):
    before = releases.current(demo_copy.releases)
    table = frame(demo_copy, "next_place_predictions")
    change(demo_copy, "next_place_predictions", table.assign(probability=1.5))
    done = materialise(demo_copy)
    assert not done.success
    (failure,) = done.filter_events(lambda event: event.is_step_failure)
    assert "probability_in_range" in failure.step_failure_data.user_failure_data.description
    failed = {one.check_name for one in done.get_asset_check_evaluations() if not one.passed}
    assert "gx_next_place_predictions_probability_in_range" in failed
    assert done.asset_materializations_for_node("publish_release") == []
    assert [one.id for one in releases.list_releases(demo_copy.releases)] == [before.id]
    assert releases.current(demo_copy.releases).id == before.id
