"""Re-ranking: the formula slot by slot, and what each weight buys."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_ml.data.corpus import Corpus
from models_ml.errors import ModelError
from models_ml.recommendation.candidates import Candidates
from models_ml.recommendation.moment import Moment
from models_ml.recommendation.policy import ANY, MIXED
from models_ml.recommendation.rerank import PLAIN, Weights, rerank, similarity


@pytest.fixture(scope="module")
def moment(corpus: Corpus) -> Moment:
    return Moment.before(corpus, int(corpus.at_sorted[-1]))


def drawn(seed: int, people: int = 6, count: int = 14) -> Candidates:
    rng = np.random.default_rng(seed)
    item = np.stack([rng.permutation(30)[:count] for _ in range(people)])
    item[0, 3:] = -1
    known = (rng.random(item.shape) < 0.5) & (item >= 0)
    return Candidates(item, rng.random(item.shape), known, np.zeros(item.shape, dtype=int))


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000), d=st.floats(0, 0.9), n=st.floats(0, 1))
def test_each_slot_has_the_greatest_value_left(
    moment: Moment, seed: int, d: float, n: float
) -> None:
    found = drawn(seed)
    columns, values = rerank(found, moment, 8, ANY, Weights(d, n))
    for row in range(len(found.item)):
        left = [column for column in range(14) if found.item[row, column] >= 0]
        shown: list[int] = []
        for slot in range(min(8, len(left))):
            value = {}
            for column in left:
                item = found.item[row, column]
                gain = (1 - n) * found.relevance[row, column] + n * moment.novelty[item]
                like = max((float(similarity(moment, item, one)) for one in shown), default=0.0)
                value[column] = (1 - d) * gain - d * like
            assert np.isclose(values[row, slot], max(value.values()))
            assert np.isclose(value[columns[row, slot]], max(value.values()))
            left.remove(columns[row, slot])
            shown.append(found.item[row, columns[row, slot]])
    assert (columns[0, 3:] == -1).all() and np.isnan(values[0, 3:]).all()


@pytest.mark.parametrize("seed", range(5))
def test_without_weights_the_order_is_that_of_relevance(moment: Moment, seed: int) -> None:
    found = drawn(seed)
    columns, _ = rerank(found, moment, 8, ANY, PLAIN)
    order = np.argsort(-found.relevance[1:], axis=1)[:, :8]
    assert np.array_equal(columns[1:], order)


def test_every_second_slot_is_new_while_there_are_any(moment: Moment) -> None:
    found = drawn(1)
    item = np.arange(5)[None]
    known = np.array([[True, True, True, False, False]])
    five = replace(found, item=item, relevance=np.ones((1, 5)), is_known=known)
    columns, _ = rerank(five, moment, 5, MIXED, PLAIN)
    assert known[0, columns[0]].tolist() == [True, False, True, False, True]
    alone = replace(five, is_known=np.ones((1, 5), dtype=bool))
    assert rerank(alone, moment, 5, MIXED, PLAIN)[0].min() >= 0


def test_weights_buy_variety_and_novelty(moment: Moment) -> None:
    found = drawn(2, people=40)
    found.item[0] = found.item[1]

    def measured(weights: Weights) -> tuple[float, float]:
        columns, _ = rerank(found, moment, 6, ANY, weights)
        items = np.take_along_axis(found.item, columns, axis=1)
        one, two = np.triu_indices(6, 1)
        alike = similarity(moment, items[:, one], items[:, two]).mean()
        return float(alike), float(moment.novelty[items].mean())

    assert measured(Weights(0.6, 0.0))[0] < 0.8 * measured(PLAIN)[0]
    assert measured(Weights(0.0, 0.8))[1] > measured(PLAIN)[1]


def test_similarity_is_that_of_category_and_distance(corpus: Corpus) -> None:
    moment = Moment.before(corpus, int(corpus.at_sorted[-1]))
    every = np.arange(30)
    table = similarity(moment, every[:, None], every[None, :])
    assert np.array_equal(table, table.T)
    assert (np.diag(table) == 1.0).all() and table.min() >= 0
    bare = replace(corpus, item_category=np.full(30, -1))
    nowhere = replace(Moment.before(bare, moment.at), points=np.full((30, 3), np.nan))
    assert similarity(nowhere, every, every).max() == 0.0


@pytest.mark.parametrize("values", [(-0.1, 0.0), (1.0, 0.0), (0.3, 1.1), (float("nan"), 0.0)])
def test_weights_out_of_range_are_refused(values: tuple[float, float]) -> None:
    with pytest.raises(ModelError, match=r"diversity must lie in \[0, 1\)"):
        Weights(*values)
