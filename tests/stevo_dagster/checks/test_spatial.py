"""What is shared about places: ranges, classes and k people behind every row are really checked."""

from __future__ import annotations

import pytest

from stevo_dagster.checks.spatial import hot_spots_suite
from tests.stevo_dagster.checks import tables
from tests.stevo_dagster.checks.kit import Guarded, cases

GUARDED = {
    "hot_spots": Guarded(
        hot_spots_suite(10),
        tables.HOT_SPOTS,
        {"rows_are_k_anonymous": ("n_people", "9", 1)},
    )
}


@pytest.mark.parametrize("key", list(GUARDED))
def test_good_rows_pass_every_expectation(key, tmp_path):
    GUARDED[key].assert_good_rows_pass(tmp_path)


@pytest.mark.parametrize(("key", "name"), cases(GUARDED))
def test_each_expectation_fails_on_bad_rows_and_says_what_it_saw(key, name, tmp_path):
    GUARDED[key].assert_fails_and_says_why(name, tmp_path)


@pytest.mark.parametrize(
    ("column", "value"), [("cell", "'88x'"), ("resolution", "7"), ("n_people", "13")]
)
def test_a_cell_nobody_was_in_and_more_people_than_were_there_are_found(column, value, tmp_path):
    guarded = GUARDED["hot_spots"]
    found = guarded.run(tmp_path, tables.spoil(tables.HOT_SPOTS, column, value))
    assert [one.name for one in found if not one.success] == ["rows_are_k_anonymous"]
