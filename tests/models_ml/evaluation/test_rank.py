"""The rank: expected under ties, never from a score that is not finite."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models_ml.errors import ModelError
from models_ml.evaluation.rank import expected_ranks, top

SCORES = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 5), st.integers(2, 9)),
    elements=st.sampled_from([-1.0, 0.0, 0.5, 2.0]),
)


@settings(deadline=None, max_examples=60)
@given(SCORES)
def test_rank_is_the_mean_over_all_orders_of_ties(scores: np.ndarray) -> None:
    for code in range(scores.shape[1]):
        ranks = expected_ranks(scores, np.full(len(scores), code))
        for row, rank in zip(scores, ranks, strict=True):
            best = 1 + int((row > row[code]).sum())
            worst = int((row >= row[code]).sum())
            assert rank == np.mean(range(best, worst + 1))


@settings(deadline=None, max_examples=60)
@given(SCORES)
def test_ranks_of_all_candidates_sum_as_a_permutation_does(scores: np.ndarray) -> None:
    width = scores.shape[1]
    total = sum(expected_ranks(scores, np.full(len(scores), code)) for code in range(width))
    assert np.allclose(total, width * (width + 1) / 2)


@settings(deadline=None, max_examples=60)
@given(SCORES, st.integers(1, 12))
def test_top_is_a_stable_descending_sort(scores: np.ndarray, k: int) -> None:
    assert np.array_equal(top(scores, k), np.argsort(-scores, axis=1, kind="stable")[:, :k])


def test_top_agrees_on_a_wide_row_with_ties() -> None:
    scores = np.random.default_rng(0).integers(0, 20, (4, 300)).astype(float)
    assert np.array_equal(top(scores, 7), np.argsort(-scores, axis=1, kind="stable")[:, :7])


def test_constant_scores_rank_in_the_middle() -> None:
    assert expected_ranks(np.zeros((1, 101)), np.array([40]))[0] == 51


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_score_that_is_not_finite_is_refused(bad: float) -> None:
    scores = np.array([[1.0, 2.0], [bad, 0.0]])
    for function, argument in ((expected_ranks, np.array([0, 1])), (top, 1)):
        with pytest.raises(ModelError, match="1 of 2 rows of scores"):
            function(scores, argument)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 99), st.integers(1, 90))
def test_single_precision_is_ranked_as_it_is(seed: int, k: int) -> None:
    """In a row too wide to be sorted whole; also where a tie straddles the last place of a list."""
    scores = np.random.default_rng(seed).integers(0, 40, (3, 90)).astype(np.float32)
    target = np.arange(3)
    assert np.array_equal(
        expected_ranks(scores, target), expected_ranks(scores.astype(np.float64), target)
    )
    assert np.array_equal(top(scores, k), top(scores.astype(np.float64), k))
    assert np.array_equal(top(scores, k), np.argsort(-scores, axis=1, kind="stable")[:, :k])


def test_ranks_are_taken_in_double_precision() -> None:
    scores = np.array([[1.0, 1.0 + 1e-12]])
    assert expected_ranks(scores, np.array([0]))[0] == 2
