"""Measures of lists: bounds, identities, and agreement with scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from models_ml.data.corpus import Corpus
from models_ml.evaluation import lists
from models_ml.recommendation.moment import Moment
from models_ml.recommendation.rerank import similarity

PLACES = 30


def drawn(seed: int, people: int = 12) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lists of 20 of 30 places (some short), and relevant pairs, at least one a list."""
    rng = np.random.default_rng(seed)
    items = np.stack([rng.permutation(PLACES)[:20] for _ in range(people)])
    for row in range(0, people, 3):
        items[row, rng.integers(1, 21) :] = -1
    wanted = rng.random((people, PLACES)) < rng.uniform(0.02, 0.5)
    wanted[np.arange(people), rng.integers(PLACES, size=people)] = True
    return items, *np.nonzero(wanted)


seeds = st.integers(0, 100_000)


@settings(deadline=None, max_examples=40)
@given(seed=seeds)
def test_bounds_and_identities(seed: int) -> None:
    items, owner, place = drawn(seed)
    hits = lists.hits_of(items, owner, place)
    relevant = np.bincount(owner, minlength=len(items))
    values = lists.accuracy(hits, relevant)
    for name, value in values.items():
        assert (value >= 0).all() and (value <= 1 + 1e-12).all(), name
    for k in lists.CUTOFFS:
        found = hits[:, :k].sum(axis=1)
        p, r = values[f"precision@{k}"], values[f"recall@{k}"]
        assert np.allclose(p * k, found) and np.allclose(r * relevant, found)
        harmonic = np.where(p + r > 0, 2 * p * r / np.maximum(p + r, 1e-300), 0.0)
        assert np.allclose(values[f"f1@{k}"], harmonic)
        assert np.array_equal(values[f"hit@{k}"] > 0, values[f"mrr@{k}"] > 0)
        assert (values[f"mrr@{k}"] >= values[f"hit@{k}"] / k).all()
    for name in ("recall", "hit", "mrr"):
        assert (values[f"{name}@5"] <= values[f"{name}@20"] + 1e-12).all()


@settings(deadline=None, max_examples=30)
@given(seed=seeds)
def test_an_ideal_list_has_an_ndcg_of_one_and_a_worse_order_less(seed: int) -> None:
    rng = np.random.default_rng(seed)
    wanted = rng.choice(PLACES, size=rng.integers(1, PLACES), replace=False)
    others = np.setdiff1d(np.arange(PLACES), wanted)
    ideal = np.concatenate([wanted, others])[None, :20]
    owner = np.zeros(len(wanted), dtype=int)
    count = np.array([len(wanted)])
    values = lists.accuracy(lists.hits_of(ideal, owner, wanted), count)
    assert all(np.isclose(values[f"ndcg@{k}"], 1.0) for k in lists.CUTOFFS)
    if len(others):
        later = np.concatenate([others[:1], wanted, others[1:]])[None, :20]
        worse = lists.accuracy(lists.hits_of(later, owner, wanted), count)
        assert worse["ndcg@20"][0] < 1.0 and worse["mrr@20"][0] == 0.5


@settings(deadline=None, max_examples=30)
@given(seed=seeds)
def test_ndcg_is_that_of_scikit_learn(seed: int) -> None:
    items, owner, place = drawn(seed)
    full = (items >= 0).all(axis=1)
    truth = np.zeros((len(items), PLACES))
    truth[owner, place] = 1.0
    # Places off the list come last, each with a score of its own: no tie is averaged.
    scores = np.tile(-np.arange(PLACES, dtype=float) - 100.0, (len(items), 1))
    for row in np.flatnonzero(full):
        scores[row, items[row]] = -np.arange(20.0)
    hits = lists.hits_of(items, owner, place)
    values = lists.accuracy(hits, np.bincount(owner, minlength=len(items)))
    for row in np.flatnonzero(full):
        for k in lists.CUTOFFS:
            expected = ndcg_score(truth[row : row + 1], scores[row : row + 1], k=k)
            assert np.isclose(values[f"ndcg@{k}"][row], expected)


@settings(deadline=None, max_examples=20)
@given(seed=seeds)
def test_the_order_of_users_does_not_matter(seed: int) -> None:
    items, owner, place = drawn(seed)
    order = np.random.default_rng(seed).permutation(len(items))
    back = np.argsort(order)
    relevant = np.bincount(owner, minlength=len(items))
    one = lists.accuracy(lists.hits_of(items, owner, place), relevant)
    other = lists.accuracy(lists.hits_of(items[order], back[owner], place), relevant[order])
    for name, value in one.items():
        assert np.array_equal(value[order], other[name]), name
    shown = [
        lists.exposure(rows, np.arange(len(items)), len(items)).sum(axis=0)
        for rows in (items, items[order])
    ]
    assert lists.gini(shown[0], PLACES) == lists.gini(shown[1], PLACES)


@pytest.fixture(scope="module")
def moment(corpus: Corpus) -> Moment:
    return Moment.before(corpus, int(corpus.at_sorted[-1]))


def test_variety_is_the_mean_over_pairs(moment: Moment) -> None:
    items, _, _ = drawn(4)
    items[0, 1:] = -1
    values = lists.variety(items, moment, (5, 20))
    assert np.isnan(values["diversity@5"][0])
    row = items[1, :5]
    pairs = [(a, b) for index, a in enumerate(row) for b in row[index + 1 :]]
    unlike = np.mean([1 - similarity(moment, a, b) for a, b in pairs])
    assert np.isclose(values["diversity@5"][1], unlike)
    category = moment.corpus.item_category
    differ = np.mean([category[a] != category[b] for a, b in pairs])
    assert np.isclose(values["diversity_category@5"][1], differ)
    away = np.mean([np.linalg.norm(moment.points[a] - moment.points[b]) for a, b in pairs])
    assert np.isclose(values["diversity_km@5"][1], away)


def test_popularity_is_over_what_is_listed(moment: Moment) -> None:
    items = np.full((2, 20), -1)
    items[0, :2] = 3, 8
    values = lists.popularity_bias(items, np.array([0.5, 0.5]), moment)
    mean = moment.popularity[[3, 8]].mean()
    assert np.isclose(values["popularity@5"][0], mean)
    assert np.isclose(values["popularity_lift@5"][0], mean / 0.5)
    assert np.isclose(values["novelty@10"][0], moment.surprise[[3, 8]].mean())
    assert np.isnan(values["popularity@5"][1])


def test_gini_and_coverage_of_known_cases() -> None:
    assert lists.gini(np.full(7, 3.0), 7) == 0.0
    assert np.isclose(lists.gini(np.array([5.0]), 10), 0.9)
    assert lists.coverage(np.array([[1.0, 0.0], [2.0, 2.0]]), 4).tolist() == [0.25, 0.5]
    exact = np.array([1.0, 2.0, 0.0, 6.0, 0.0])
    gaps = np.abs(exact[:, None] - exact[None, :]).mean() / (2 * exact.mean())
    assert np.isclose(lists.gini(exact[exact > 0], 5), gaps)
    items = np.array([[4, 2, -1], [4, -1, -1], [7, 4, 2]])
    assert lists.exposure(items, np.array([0, 0, 1]), 2).tolist() == [[1, 2, 0], [1, 1, 1]]


def test_an_interval_lies_around_its_value() -> None:
    low, high = lists.spread_around(0.5, np.array([0.2, 0.3, 0.4]))
    assert low < 0.5 < high and np.isclose(high - low, 0.19)
    assert lists.spread_around(0.95, np.array([0.2, 0.3, 0.4]))[1] == 1.0
    assert lists.spread_around(0.5, np.array([0.3] * 99 + [0.2]))[0] == 0.5
