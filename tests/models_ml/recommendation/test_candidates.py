"""Candidates: who proposes them, on which scale, and nothing that does not exist yet."""

from __future__ import annotations

import numpy as np
import pytest

from models_ml.baselines import baseline
from models_ml.data.corpus import Corpus, Queries, queries_at
from models_ml.recommendation.candidates import (
    KIND,
    REGION,
    Candidates,
    Own,
    _without_repeats,
    candidates,
    past_of,
)
from models_ml.recommendation.moment import Moment, apart
from models_ml.recommendation.policy import ANY, KNOWN_ONLY, MIXED, NEW_ONLY


@pytest.fixture(scope="module")
def asked(corpus: Corpus) -> tuple[Moment, Queries, Own, np.ndarray]:
    at = int(corpus.at_sorted[len(corpus) // 3])
    queries = queries_at(corpus, np.arange(len(corpus.users)), at)
    queries = queries.take(queries.before > 0)
    scores = baseline("blend").score(corpus, queries)
    return Moment.before(corpus, at), queries, past_of(corpus, queries), scores


def made(asked: tuple[Moment, Queries, Own, np.ndarray], policy: str) -> Candidates:
    moment, _, own, scores = asked
    return candidates(scores, own, moment, policy)


def test_a_past_is_the_visits_of_the_person(corpus: Corpus, asked: tuple) -> None:
    moment, queries, own, _ = asked
    for index in (0, 7):
        mine = (corpus.user == queries.user[index]) & (corpus.at < moment.at) & (corpus.item >= 0)
        assert own.visits[index].sum() == mine.sum()
        assert own.newest[index].max() == corpus.at[mine].max()


@pytest.mark.parametrize("policy", [MIXED, NEW_ONLY, KNOWN_ONLY, ANY])
def test_candidates_are_there_once_and_as_the_policy_allows(asked: tuple, policy: str) -> None:
    moment, _, own, _ = asked
    found = made(asked, policy)
    for row, codes in enumerate(found.item):
        real = codes[codes >= 0]
        assert len(real) == len(set(real.tolist())) > 0
        assert moment.seen[real].all()
        known = own.is_known[row, real]
        assert (found.is_known[row, codes >= 0] == known).all()
        assert {NEW_ONLY: not known.any(), KNOWN_ONLY: known.all()}.get(policy, True)
    inside = found.relevance[found.item >= 0]
    assert inside.min() >= 0 and inside.max() == 1.0


def test_relevance_keeps_the_order_of_the_scores_and_ignores_what_is_added_to_them(
    asked: tuple,
) -> None:
    moment, _, own, scores = asked
    is_cold = moment.visits < 3
    found = made(asked, ANY)
    for row in range(len(found.item)):
        codes = found.item[row]
        kept = (codes >= 0) & ~is_cold[codes]
        order = np.argsort(-scores[row, codes[kept]], kind="stable")
        assert (np.diff(found.relevance[row, kept][order]) <= 0).all()
    below = candidates(scores - 5.0, own, moment, ANY)
    assert below.relevance.min() >= 0 and below.relevance.max() == 1.0


def test_known_and_new_places_have_scales_of_their_own_when_mixed(asked: tuple) -> None:
    found = made(asked, MIXED)
    for kind in (found.is_known, ~found.is_known):
        best = np.where(kind & (found.item >= 0), found.relevance, 0.0).max(axis=1)
        assert set(best.tolist()) <= {0.0, 1.0}


def test_a_scorer_that_knows_nothing_still_gets_what_is_near_and_of_the_kinds_chosen(
    corpus: Corpus, asked: tuple
) -> None:
    moment, _, own, scores = asked
    found = candidates(np.zeros_like(scores), own, moment, ANY)
    # Thirty places in all: the scorer's own proposals come first, so look at the sources alone.
    from models_ml.recommendation import candidates as module

    near = module._around_last_places(own, moment)
    last = own.newest.argmax(axis=1)
    away = apart(moment.points[last][:, None], moment.points[near[:, :8]])
    assert np.nanmedian(away) < np.nanmedian(apart(moment.points[last][:, None], moment.points))
    kinds = module._of_chosen_kinds(own, moment)
    for row in range(len(kinds)):
        visits = np.bincount(corpus.item_category, weights=own.visits[row], minlength=4)
        shown = np.unique(corpus.item_category[kinds[row][kinds[row] >= 0]])
        assert visits[shown].min() >= np.sort(visits)[-2]
    assert set(np.unique(found.source)) >= {REGION, KIND}


def test_repeats_fall_away_where_they_stand_later() -> None:
    rows = np.array([[3, 1, 3, -1, 1], [0, 0, 2, 2, 0]])
    assert _without_repeats(rows).tolist() == [[3, 1, -1, -1, -1], [0, -1, 2, -1, -1]]
