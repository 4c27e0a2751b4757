"""Examples: one question a moment, whose answers are all that was chosen at it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models_ml.data.corpus import Corpus, queries_for_rows, target_rows
from models_ml.data.history import first_of_moment
from models_ml.ranker.examples import examples, questions
from models_ml.ranker.features import describe
from models_ml.ranker.proposals import Surroundings


@pytest.fixture(scope="module")
def baskets(corpus: Corpus) -> Corpus:
    """The same events, each three of a user at the time of the first."""
    within = np.arange(len(corpus)) - corpus.start[corpus.user]
    at = corpus.at[np.arange(len(corpus)) - within % 3]
    order = np.lexsort((np.arange(len(at)), at))
    return replace(corpus, at=at, at_sorted=at[order], order=order)


def test_without_ties_every_row_is_a_question(corpus: Corpus) -> None:
    assert (np.diff(corpus.at) != 0).all()
    assert np.array_equal(questions(corpus, "train"), target_rows(corpus, "train"))


def test_a_basket_is_one_question_in_order_of_time(baskets: Corpus) -> None:
    rows = questions(baskets, "train")
    assert (np.diff(baskets.at[rows]) >= 0).all()
    moments = first_of_moment(baskets)
    asked = target_rows(baskets, "train")
    assert sorted(moments[rows]) == np.unique(moments[asked]).tolist()
    assert len(rows) < 0.5 * len(asked)


@pytest.mark.parametrize("kind", ["corpus", "baskets"])
def test_answers_are_all_that_was_chosen_at_the_moment(kind: str, request) -> None:
    corpus: Corpus = request.getfixturevalue(kind)
    around = Surroundings.of_training(corpus).codes(corpus)
    rows = questions(corpus, "train")[-60:]
    made = examples(corpus, rows, around, time_aware=False)
    found = describe(corpus, queries_for_rows(corpus, rows), around)
    moments, all_rows = first_of_moment(corpus), target_rows(corpus, "train")
    targets, sizes, hits, answers = [], [], 0, 0
    for number, row in enumerate(rows):
        wanted = set(corpus.item[all_rows[moments[all_rows] == moments[row]]].tolist())
        listed = found.item[found.bounds[number] : found.bounds[number + 1]].tolist()
        answers += len(wanted)
        hits += len(wanted & set(listed))
        if wanted & set(listed):
            targets += [item in wanted for item in listed]
            sizes.append(len(listed))
    assert made.is_target.tolist() == targets and made.sizes.tolist() == sizes
    assert made.elsewhere == pytest.approx((answers - hits + 1) / (answers + 2))
    assert made.features.shape == (len(targets), found.features.shape[1])
