"""The tables with rows per person: ranks, probabilities and who answered are really checked."""

from __future__ import annotations

import pytest

from stevo_dagster.checks.predictions import (
    TOLERANCE,
    explanations_suite,
    next_event_suite,
    next_place_suite,
    recommendations_suite,
)
from tests.stevo_dagster.checks import tables
from tests.stevo_dagster.checks.kit import Guarded, cases

GUARDED = {
    "next_place_predictions": Guarded(
        next_place_suite(),
        tables.NEXT_PLACES,
        {
            "ranks_whole": ("rank", "7", 1),
            "probability_sums": ("probability", "0.9", 9),
            "probability_falls_with_rank": ("probability", "0.1 * rank", 9),
        },
    ),
    "next_event_predictions": Guarded(
        next_event_suite(), tables.NEXT_EVENTS, {"probability_sums": ("probability", "0.2", 1)}
    ),
    "recommendations": Guarded(
        recommendations_suite(), tables.RECOMMENDATIONS, {"ranks_whole": ("rank", "7", 1)}
    ),
    "explanations": Guarded(explanations_suite(), tables.EXPLANATIONS),
}


@pytest.mark.parametrize("key", list(GUARDED))
def test_good_rows_pass_every_expectation(key, tmp_path):
    GUARDED[key].assert_good_rows_pass(tmp_path)


@pytest.mark.parametrize(("key", "name"), cases(GUARDED))
def test_each_expectation_fails_on_bad_rows_and_says_what_it_saw(key, name, tmp_path):
    GUARDED[key].assert_fails_and_says_why(name, tmp_path)


def failures(key: str, query: str, folder) -> list[str]:
    return [one.name for one in GUARDED[key].run(folder, query) if not one.success]


@pytest.mark.parametrize(("off", "fails"), [(TOLERANCE / 2, False), (TOLERANCE * 2, True)])
def test_sums_forgive_rounding_and_no_more(off, fails, tmp_path):
    query = tables.spoil(tables.NEXT_EVENTS, "probability", f"probability + {off!r}")
    found = failures("next_event_predictions", query, tmp_path)
    assert found == (["probability_sums"] if fails else [])


def test_a_probability_that_is_no_number_fails_its_sum_too(tmp_path):
    query = tables.spoil(tables.NEXT_EVENTS, "probability", "'nan'::double")
    found = failures("next_event_predictions", query, tmp_path)
    assert found == ["probability_in_range", "probability_sums"]


@pytest.mark.parametrize(
    ("key", "blocks"), [("next_place_predictions", True), ("explanations", False)]
)
def test_no_rows_block_but_where_some_champions_have_none(key, blocks):
    (rule,) = (one for one in GUARDED[key].suite.expectations if one.name == "has_rows")
    assert (rule.severity == "blocking") == blocks
