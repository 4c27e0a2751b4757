"""Metrics against their closed forms."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models_ml.evaluation import metrics


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=8))
def test_per_instance_matches_the_definitions(ranks: list[int]) -> None:
    found = metrics.per_instance(np.array(ranks, dtype=float))
    for i, rank in enumerate(ranks):
        assert found["mrr"][i] == 1 / rank
        for k in metrics.CUTOFFS:
            relevant = 1 if rank <= k else 0
            precision, recall = relevant / k, relevant / 1
            f1 = 2 * precision * recall / (precision + recall) if relevant else 0.0
            gain = 1 / math.log2(rank + 1) if relevant else 0.0
            assert found[f"acc@{k}"][i] == found[f"recall@{k}"][i] == recall
            assert found[f"precision@{k}"][i] == precision
            assert math.isclose(found[f"f1@{k}"][i], f1)
            assert math.isclose(found[f"ndcg@{k}"][i], gain)


def test_coverage_counts_distinct_places() -> None:
    assert metrics.coverage(np.array([[0, 1], [1, 2]]), 6) == 0.5


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(-1, 3), min_size=6, max_size=6))
def test_diversity_is_the_share_of_unlike_pairs(codes: list[int]) -> None:
    category = np.array(codes)
    tops = np.array([[0, 1, 2], [3, 4, 5]])
    pairs = [(a, b) for row in tops for a in row for b in row if a < b]
    unlike = np.mean([category[a] != category[b] for a, b in pairs])
    assert math.isclose(metrics.diversity(tops, category), unlike)


def test_interval_of_a_constant_is_that_constant() -> None:
    users = np.repeat(np.arange(5), 3)
    ids, draws = metrics.resample(users, rounds=50)
    low, high = metrics.intervals(np.full((15, 1), 0.3), ids, draws)
    assert np.allclose([low, high], 0.3)


def test_interval_widens_with_the_user_not_with_the_instance() -> None:
    """Copies of a user's instances add nothing: the interval stays as it was."""
    rng = np.random.default_rng(1)
    users, values = np.arange(40), rng.random((40, 1))
    once = metrics.intervals(values, *metrics.resample(users))
    many = metrics.intervals(np.repeat(values, 10, axis=0), *metrics.resample(np.repeat(users, 10)))
    assert np.allclose(once, many)


def test_resampling_is_seeded_and_keeps_the_number_of_users() -> None:
    ids, draws = metrics.resample(np.array([3, 3, 9]), rounds=20, seed=1)
    assert ids.tolist() == [0, 0, 1]
    assert (draws.sum(axis=1) == 2).all()
    assert np.array_equal(draws, metrics.resample(np.array([3, 3, 9]), rounds=20, seed=1)[1])


answered = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=80)


@settings(deadline=None, max_examples=60)
@given(answered, st.randoms())
def test_ece_is_bounded_and_deaf_to_order(pairs: list[tuple[float, bool]], mix) -> None:
    def measured(of: list[tuple[float, bool]]) -> float:
        return metrics.ece(np.array([c for c, _ in of]), np.array([r for _, r in of], dtype=float))

    found = measured(pairs)
    assert 0 <= found <= 1 + 1e-9
    mixed = list(pairs)
    mix.shuffle(mixed)
    assert math.isclose(measured(mixed), found, abs_tol=1e-12)
    apart = abs(np.mean([c for c, _ in pairs]) - np.mean([r for _, r in pairs]))
    assert found >= apart - 1e-9


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), min_size=1, max_size=8))
def test_ece_of_perfect_confidence_is_zero(groups: list[tuple[int, int]]) -> None:
    """Of every `size` answers of one confidence, just that share is right."""
    confidence, right = [], []
    for size, hits in groups:
        hits = min(hits, size)
        confidence += [hits / size] * size
        right += [1.0] * hits + [0.0] * (size - hits)
    assert metrics.ece(np.array(confidence), np.array(right)) < 1e-9


def test_ece_by_hand() -> None:
    confidence, right = np.array([0.2, 0.4, 0.9, 1.0]), np.array([0.0, 1.0, 1.0, 0.0])
    assert math.isclose(metrics.ece(confidence, right, bins=2), (0.4 + 0.9) / 4)
    assert math.isclose(metrics.ece(confidence, right, bins=4), (0.2 + 0.6 + 0.1 + 1.0) / 4)
    assert math.isnan(metrics.ece(confidence[:0], right[:0]))
