"""Suites of activity: good rows pass, each expectation fails on bad rows, few people are found."""

from __future__ import annotations

import pytest

from stevo_dagster.checks.activity import (
    activity_cells_suite,
    activity_days_suite,
    activity_hours_suite,
)
from tests.stevo_dagster.checks import tables
from tests.stevo_dagster.checks.kit import Guarded, cases

SUITES = {
    "activity_days": activity_days_suite,
    "activity_hours": activity_hours_suite,
    "activity_cells": activity_cells_suite,
}
GUARDED = {
    "activity_days": Guarded(
        activity_days_suite(10), tables.ACTIVITY_DAYS, {"days_are_k_anonymous": ("users", "13", 1)}
    ),
    "activity_hours": Guarded(
        activity_hours_suite(10),
        tables.ACTIVITY_HOURS,
        {"hours_are_k_anonymous": ("users", "11", 1)},
    ),
    "activity_cells": Guarded(
        activity_cells_suite(10),
        tables.ACTIVITY_CELLS,
        {"cells_are_k_anonymous": ("users", "9", 1)},
    ),
}


@pytest.mark.parametrize("key", list(GUARDED))
def test_good_rows_pass_every_expectation(key, tmp_path):
    GUARDED[key].assert_good_rows_pass(tmp_path)


@pytest.mark.parametrize(("key", "name"), cases(GUARDED))
def test_each_expectation_fails_on_bad_rows_and_says_what_it_saw(key, name, tmp_path):
    GUARDED[key].assert_fails_and_says_why(name, tmp_path)


@pytest.mark.parametrize("key", list(GUARDED))
def test_groups_of_few_people_are_found(key, tmp_path):
    found = Guarded(SUITES[key](13), GUARDED[key].good).run(tmp_path, GUARDED[key].good)
    assert any(one.name.endswith("_are_k_anonymous") for one in found if not one.success)


def test_more_people_than_were_there_are_found(tmp_path):
    spoiled = tables.spoil(tables.ACTIVITY_HOURS, "weekday", "3", 1)
    found = GUARDED["activity_hours"].run(tmp_path, spoiled)
    assert "hours_are_k_anonymous" in [one.name for one in found if not one.success]
