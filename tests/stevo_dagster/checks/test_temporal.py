"""Suites of the patterns in time: good rows pass, each expectation fails on bad rows."""

from __future__ import annotations

import pytest

from stevo_dagster.checks.temporal import changes_suite, forecasts_suite, seasonality_suite
from tests.stevo_dagster.checks import tables
from tests.stevo_dagster.checks.kit import Guarded, cases

GUARDED = {
    "seasonality": Guarded(
        seasonality_suite(10),
        tables.SEASONALITY,
        {
            "peaks_are_in_their_cycle": ("peak", "24", 1),
            "subjects_are_k_anonymous": ("subject", "'cell:89c'", 1),
        },
    ),
    "changes": Guarded(
        changes_suite(10),
        tables.CHANGES,
        {
            "change_points_have_a_day": ("day", "null", 1),
            "intervals_hold_the_effect": ("low", "effect + 1", 1),
            "subjects_are_k_anonymous": ("subject", "'cell:89c'", 1),
        },
    ),
    "forecasts": Guarded(
        forecasts_suite(10),
        tables.FORECASTS,
        {
            "intervals_hold_the_mean": ("low", "mean + 1", 1),
            "series_are_k_anonymous": ("cell", "'89c'", 1),
        },
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
    suites = {
        "seasonality": seasonality_suite,
        "changes": changes_suite,
        "forecasts": forecasts_suite,
    }
    good = GUARDED[key].good
    found = Guarded(suites[key](13), good).run(tmp_path, good)
    assert [one.name.endswith("_are_k_anonymous") for one in found if not one.success] == [True]


def test_few_people_without_a_cell_are_not_all_of_a_type(tmp_path, monkeypatch):
    nowhere = f"select * replace (null::varchar as h3_r9) from ({tables.PEOPLE}) limit 3"
    people = f"select * from ({tables.PEOPLE}) union all by name ({nowhere})"
    monkeypatch.setattr(tables, "PEOPLE", people)
    GUARDED["forecasts"].assert_good_rows_pass(tmp_path)
