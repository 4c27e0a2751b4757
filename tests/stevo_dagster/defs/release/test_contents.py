"""What a release is made of: gate, hashes, pins; a new one only when something is new."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace

import pandas as pd
import pytest

from stevo_dagster.chain import run_chain
from stevo_dagster.checks.release import release_suites
from stevo_dagster.defs.making import frame, one_row
from stevo_dagster.defs.release import contents
from stevo_dagster.errors import StevoError
from stevo_dagster.lake import UNDATED, Lake, manifest, releases, run_staging, write_table


@pytest.fixture(scope="module")
def found(demo_settings):
    """Results of the gate over the demo's tables."""
    return contents.audit(demo_settings)


def put(lake: Lake, table: str, data: object) -> None:
    with run_staging(lake, "r"):
        write_table(lake, "r", table, UNDATED, data, code_hash="x")


def test_the_gate_runs_every_suite_and_the_demo_passes_it(found):
    suites = release_suites(10)
    assert {one.suite for one in found} == set(suites)
    assert len(found) == sum(len(suite.expectations) for suite in suites.values())
    assert [one.name for one in found if not one.success and one.severity == "blocking"] == []


def test_a_release_tells_where_it_comes_from(demo_settings, found):
    made = contents.describe(demo_settings, found)
    now = releases.current(demo_settings.releases)
    assert now is not None
    assert {key: made[key] for key in contents.IDENTITY} == {
        key: now.info[key] for key in contents.IDENTITY
    }
    champion = one_row(demo_settings, "champion")
    assert made["model_source"] == champion["model_source"]
    assert made["checks"]["passed"] + made["checks"]["failed"] == len(found)
    assert made["rows"]["evaluation"] == len(frame(demo_settings, "evaluation"))
    newest = frame(demo_settings, "sequences")["event_at"].max()
    assert pd.Timestamp(made["as_of"]) >= newest
    assert json.loads(json.dumps(made)) == made


def test_pins_name_the_version_of_everything_published(demo_settings):
    pins = contents.pins(demo_settings)
    assert len(pins) > 100 and "fct_events/day=2024-10-10" in pins
    for name, version in list(pins.items())[::25]:
        table, part = name.split("/", 1)
        described = manifest(demo_settings.lake, table, part)
        assert described is not None and described.version == version


def test_without_a_report_there_is_no_release(demo_copy, found):
    demo_copy.lake.link("report", UNDATED).unlink()
    with pytest.raises(StevoError, match="the report is not made yet") as error:
        contents.describe(demo_copy, found)
    assert error.value.fix == "`stevo run`"


def test_equal_content_makes_no_release_and_other_content_does(demo_copy, found):
    made = contents.describe(demo_copy, found)
    now = releases.current(demo_copy.releases)
    assert now is not None
    kept = contents.unchanged(demo_copy, made, recorded=now.id)
    assert kept is not None and kept.id == now.id
    for key in contents.IDENTITY:
        assert contents.unchanged(demo_copy, {**made, key: "other"}, recorded=now.id) is None


def test_a_release_that_was_made_but_not_switched_to_is_switched_to_now(demo_copy, found):
    made = contents.describe(demo_copy, found)
    old = releases.current(demo_copy.releases)
    newer = contents.build(demo_copy, {**made, "data_hash": "newer"})
    assert old is not None and releases.current(demo_copy.releases).id == old.id
    kept = contents.unchanged(demo_copy, {**made, "data_hash": "newer"}, recorded=old.id)
    assert kept is not None and kept.id == newer.id
    assert releases.current(demo_copy.releases).id == newer.id


def test_after_a_rollback_the_persons_choice_stays(demo_copy, found):
    made = {**contents.describe(demo_copy, found), "data_hash": "newer"}
    old = releases.current(demo_copy.releases)
    newer = contents.build(demo_copy, made)
    releases.switch(demo_copy.releases, newer.id)
    assert releases.roll_back(demo_copy.releases).id == old.id
    kept = contents.unchanged(demo_copy, made, recorded=newer.id)
    assert kept is not None and kept.id == old.id
    assert releases.current(demo_copy.releases).id == old.id


def test_a_built_release_is_whole_and_seen_by_nobody(demo_copy, found):
    before = releases.current(demo_copy.releases)
    built = contents.build(demo_copy, contents.describe(demo_copy, found))
    assert releases.current(demo_copy.releases).id == before.id != built.id
    assert built.tables == sorted(contents.RELEASE_TABLES)
    for row in frame(demo_copy, "report").itertuples():
        assert (built.folder / row.name).read_text() == row.html
    assert len(built.pins) > 100


def test_dropping_keeps_what_a_kept_release_was_made_from(demo_copy):
    lake = demo_copy.lake
    row = one_row(demo_copy, "champion")
    versions = [lake.link("champion", UNDATED).resolve()]
    for number in range(3):
        put(lake, "champion", pd.DataFrame([{**row, "reason": str(number)}]))
        versions.append(lake.link("champion", UNDATED).resolve())
    for age, version in enumerate(reversed(versions)):
        old = time.time() - 86_400 * (1 + age)
        os.utime(version, (old, old))
    assert contents.drop_old(replace(demo_copy, keep_releases=1)) == []
    # The two newest of each table stay, and what the release is pinned to.
    assert [path.exists() for path in versions] == [True, False, True, True]
    assert contents.drop_old(replace(demo_copy, keep_versions=1)) == []
    assert [path.exists() for path in versions] == [True, False, False, True]


def test_what_is_published_is_released_once_it_is_recorded_in_the_newest_release(demo_copy):
    first = releases.current(demo_copy.releases)
    assert first is not None
    assert contents.is_released(demo_copy, first.id)
    assert not contents.is_released(demo_copy, None), "killed before it was recorded"
    fewer = frame(demo_copy, "explanations").iloc[:-1]
    put(demo_copy.lake, "explanations", fewer)
    assert not contents.is_released(demo_copy, first.id), "killed before it was released"


def test_a_run_that_was_killed_after_its_last_table_is_finished_by_the_next(demo_copy):
    before = releases.current(demo_copy.releases)
    old = manifest(demo_copy.lake, "explanations", UNDATED)
    assert before is not None and old is not None
    fewer = frame(demo_copy, "explanations").iloc[:-1]
    with run_staging(demo_copy.lake, "killed"):
        made = {"code_hash": old.code_hash, "inputs": old.inputs}
        write_table(demo_copy.lake, "killed", "explanations", UNDATED, fewer, **made)
    outcome = run_chain(demo_copy, None, None, lambda phase, text: None)
    assert (outcome.made, outcome.runs, outcome.is_current) == ([], 1, False)
    now = releases.current(demo_copy.releases)
    assert now is not None and now.id == outcome.release_id != before.id
    assert now.info["rows"]["explanations"] == len(fewer)
    releases.switch(demo_copy.releases, before.id)
    again = run_chain(demo_copy, None, None, lambda phase, text: None)
    assert again.is_current and again.runs == 0
    assert again.release_id == before.id, "a person rolled back, and that stays"
