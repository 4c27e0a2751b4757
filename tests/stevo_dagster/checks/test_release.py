"""What is shared: baselines, intervals and k people behind every group are really checked."""

from __future__ import annotations

import pytest

from stevo_dagster.checks.adapter import run_suite
from stevo_dagster.checks.release import release_suites
from stevo_dagster.checks.suite import PEOPLE
from stevo_dagster.defs.release.contents import RELEASE_TABLES
from tests.stevo_dagster.checks import tables
from tests.stevo_dagster.checks.kit import Guarded, cases

RELEASE = release_suites(10)
GUARDED = {
    "evaluation": Guarded(
        RELEASE["evaluation"],
        tables.EVALUATION,
        {
            "baselines_complete": ("model", "'other'", 99),
            "intervals_hold_order": ("ci_low", "0.9", 99),
            "groups_are_k_anonymous": ("value", "least(value, 9)", 99),
        },
    ),
    "correlations": Guarded(
        RELEASE["correlations"],
        tables.CORRELATIONS,
        {"subjects_are_k_anonymous": ("subject_a", "'cell:89c'", 1)},
    ),
}


@pytest.mark.parametrize("key", list(GUARDED))
def test_good_rows_pass_every_expectation(key, tmp_path):
    GUARDED[key].assert_good_rows_pass(tmp_path)


@pytest.mark.parametrize(("key", "name"), cases(GUARDED))
def test_each_expectation_fails_on_bad_rows_and_says_what_it_saw(key, name, tmp_path):
    GUARDED[key].assert_fails_and_says_why(name, tmp_path)


def test_every_table_of_a_release_has_a_suite_of_its_own():
    assert set(RELEASE) == set(RELEASE_TABLES)
    assert all(suite.name == table for table, suite in RELEASE.items())


def test_people_below_k_and_subjects_nobody_knows_are_found(tmp_path):
    few = f"select * from ({tables.PEOPLE}) where user_id not in ('u1', 'u2', 'u3')"
    path = tables.write(tmp_path / "correlations.parquet", tables.CORRELATIONS)
    people = tables.write(tmp_path / "few.parquet", few)
    found = {
        one.name: one for one in run_suite(RELEASE["correlations"], [path], {PEOPLE: [people]})
    }
    k = found["subjects_are_k_anonymous"]
    assert not k.success
    assert {row["subject"]: row["people"] for row in k.sample} == {
        "event_type:search": 9,
        "event_type:purchase": 9,
        "cell:89a": 9,
        "cell:89b": 9,
        "local_hour:17": 9,
    }
    query = tables.spoil(tables.CORRELATIONS, "subject_b", "'person:u1'")
    unknown = GUARDED["correlations"].run(tmp_path, query)
    assert {"subject": "person:u1", "people": 0} in next(
        one.sample for one in unknown if one.name == "subjects_are_k_anonymous"
    )


@pytest.mark.parametrize(("k", "passes"), [(12, True), (13, False)])
def test_k_is_that_of_the_settings(k, passes, tmp_path):
    guarded = Guarded(release_suites(k)["correlations"], tables.CORRELATIONS)
    found = {one.name: one.success for one in guarded.run(tmp_path, guarded.good)}
    assert found.pop("subjects_are_k_anonymous") == passes
    assert all(found.values())
