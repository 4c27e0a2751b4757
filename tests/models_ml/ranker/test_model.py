"""The ranker learns routines, answers in probabilities, and says what it cannot do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_ml.baselines import baseline
from models_ml.config import RankerConfig
from models_ml.data import sequences
from models_ml.data.corpus import Corpus, encode, queries_for_rows, target_rows
from models_ml.errors import ModelError, TooFewEvents
from models_ml.evaluation.rank import expected_ranks
from models_ml.evaluation.sentinel import shuffled_labels
from models_ml.ranker import Ranker, train_ranker
from models_ml.ranker.model import softmax_by_question
from models_ml.scorer import Scorer
from tests.models_ml.conftest import TINY_RANKER


def hits(model: Scorer, corpus: Corpus) -> float:
    """Acc@1 on test."""
    rows = target_rows(corpus, "test")
    scores = model.score(corpus, queries_for_rows(corpus, rows))
    return float((expected_ranks(scores, corpus.item[rows]) <= 1).mean())


def test_it_sees_the_routine_that_a_counter_cannot(ranker: Ranker, corpus: Corpus) -> None:
    assert isinstance(ranker, Scorer)
    assert hits(ranker, corpus) > 0.6 > 0.4 > hits(baseline("visit_counter"), corpus)


def test_answers_are_probabilities(ranker: Ranker, corpus: Corpus) -> None:
    rows = target_rows(corpus, "test")
    scores = ranker.score(corpus, queries_for_rows(corpus, rows))
    assert scores.shape == (len(rows), len(corpus.items)) and scores.dtype == np.float64
    assert (scores >= 0).all() and np.allclose(scores.sum(axis=1), 1.0)


def test_a_new_user_gets_what_is_popular(ranker: Ranker, corpus: Corpus) -> None:
    rows = np.array([corpus.start[-2]])
    (scores,) = ranker.score(corpus, queries_for_rows(corpus, rows))
    popular = baseline("popularity").score(corpus, queries_for_rows(corpus, rows))[0]
    assert scores.sum() == pytest.approx(1.0)
    assert np.allclose(scores, popular / popular.sum())


def test_the_first_question_of_all_has_no_answer_and_no_error(ranker, corpus: Corpus) -> None:
    scores = ranker.score(corpus, queries_for_rows(corpus, corpus.order[:1]))
    assert (scores == 0).all()


def test_equal_seeds_give_equal_bits_and_others_do_not(ranker: Ranker, corpus: Corpus) -> None:
    rows = target_rows(corpus, "test")[:50]
    queries = queries_for_rows(corpus, rows)
    again = ranker.fit(corpus)
    other = train_ranker(corpus, replace(TINY_RANKER, seed=8))
    assert np.array_equal(again.score(corpus, queries), ranker.score(corpus, queries))
    assert not np.array_equal(other.score(corpus, queries), ranker.score(corpus, queries))


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_it_learns_where_nothing_has_a_place_on_the_map(events) -> None:
    unplaced = sequences.build(events.assign(latitude=None, longitude=None, category=None))
    corpus = encode(unplaced)
    assert hits(train_ranker(corpus, TINY_RANKER), corpus) > 0.6


def test_shuffled_labels_leave_nothing_to_learn(table) -> None:
    corpus = encode(shuffled_labels(table))
    model = train_ranker(corpus, TINY_RANKER)
    assert hits(model, corpus) < 0.15


def test_test_is_never_looked_at(ranker: Ranker, table, corpus: Corpus) -> None:
    changed = table.copy()
    is_test = changed["split"] == "test"
    changed.loc[is_test, "item_id"] = changed.loc[is_test, "item_id"].sample(frac=1, random_state=1)
    other = train_ranker(encode(changed), TINY_RANKER)
    assert other.trees.model_to_string() == ranker.trees.model_to_string()
    assert (other.temperature, other.elsewhere) == (ranker.temperature, ranker.elsewhere)


def test_the_other_task_is_refused(ranker: Ranker, corpus: Corpus) -> None:
    queries = queries_for_rows(corpus, target_rows(corpus, "test")[:3], time_given=True)
    with pytest.raises(ModelError, match="without the target's time"):
        ranker.score(corpus, queries)


def test_the_targets_time_changes_answers_where_it_is_told(corpus: Corpus) -> None:
    told = train_ranker(corpus, replace(TINY_RANKER, time_aware=True))
    queries = queries_for_rows(corpus, target_rows(corpus, "test")[:20], time_given=True)
    later = replace(queries, at=queries.at + 6 * 3_600_000_000)
    assert not np.array_equal(told.score(corpus, queries), told.score(corpus, later))


def test_too_few_events_are_said(table) -> None:
    few = encode(table.head(150).assign(split="train"))
    with pytest.raises(TooFewEvents, match="200"):
        train_ranker(few, RankerConfig(threads=1))
    with pytest.raises(TooFewEvents, match="val events"):
        train_ranker(encode(table.assign(split="train")), TINY_RANKER)


def test_progress_tells_of_every_round(corpus: Corpus) -> None:
    told: list[dict[str, float]] = []
    train_ranker(corpus, replace(TINY_RANKER, rounds=3), told.append)
    assert [row["round"] for row in told] == [1, 2, 3] and told[-1]["done"] == 1.0


@given(st.lists(st.lists(st.floats(-50, 50), max_size=5), max_size=6))
def test_softmax_is_taken_question_by_question(groups: list[list[float]]) -> None:
    bounds = np.cumsum([0, *map(len, groups)])
    shares = softmax_by_question(np.array([value for one in groups for value in one]), bounds)
    for low, high, values in zip(bounds[:-1], bounds[1:], groups, strict=True):
        if values:
            plain = np.exp(np.array(values) - max(values))
            assert np.allclose(shares[low:high], plain / plain.sum())


def test_an_update_adds_trees_for_new_questions_and_does_not_hurt_on_val(corpus: Corpus) -> None:
    moment = np.sort(corpus.at[corpus.split == 0])[len(corpus) // 3]
    early = replace(
        corpus, split=np.where((corpus.split == 0) & (corpus.at > moment), 2, corpus.split)
    )
    before = train_ranker(early, TINY_RANKER)
    assert before.learnt == moment
    after = before.update(corpus)
    assert after.learnt == corpus.at[corpus.split == 0].max()
    rows = target_rows(corpus, "val")
    queries = queries_for_rows(corpus, rows)
    index = np.arange(len(rows)), corpus.item[rows]
    losses = [-np.log(one.score(corpus, queries)[index]).mean() for one in (before, after)]
    assert losses[1] < losses[0]
    old, new = (one.trees.model_to_string() for one in (before, after))
    assert after.trees.num_trees() > before.trees.num_trees()
    first = [text.split("Tree=0\n")[1].split("Tree=1\n")[0] for text in (old, new)]
    assert first[0] == first[1]
    assert after.update(corpus) is after
    with pytest.raises(ModelError, match="does not say up to when"):
        replace(before, learnt=None).update(corpus)
