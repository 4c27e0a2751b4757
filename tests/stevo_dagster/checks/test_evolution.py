"""What is shared about change: intervals, claims and k people behind every row are checked."""

from __future__ import annotations

import pytest

from stevo_dagster.checks.evolution import evolution_suite
from tests.stevo_dagster.checks import tables
from tests.stevo_dagster.checks.kit import Guarded, cases

GUARDED = {
    "evolution": Guarded(
        evolution_suite(10),
        tables.EVOLUTION,
        {
            "intervals_hold_order": ("low", "0.9", 3),
            "claims_have_both": ("q_value", "null", 1),
            "rows_are_k_anonymous": ("n_people", "9", 1),
        },
    )
}


@pytest.mark.parametrize("key", list(GUARDED))
def test_good_rows_pass_every_expectation(key, tmp_path):
    GUARDED[key].assert_good_rows_pass(tmp_path)


@pytest.mark.parametrize(("key", "name"), cases(GUARDED))
def test_each_expectation_fails_on_bad_rows_and_says_what_it_saw(key, name, tmp_path):
    GUARDED[key].assert_fails_and_says_why(name, tmp_path)


@pytest.mark.parametrize(
    ("column", "value"), [("n_people", "13"), ("period", "timestamp '2024-02-21'")]
)
def test_more_people_than_were_seen_are_found(column, value, tmp_path):
    found = GUARDED["evolution"].run(tmp_path, tables.spoil(tables.EVOLUTION, column, value))
    assert "rows_are_k_anonymous" in [one.name for one in found if not one.success]
