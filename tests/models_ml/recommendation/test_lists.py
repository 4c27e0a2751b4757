"""Lists: one a person, the same whoever is asked about beside them."""

from __future__ import annotations

import numpy as np
import pytest

from models_ml.baselines import baseline
from models_ml.data.corpus import Corpus, queries_at
from models_ml.recommendation.cold import Newcomers
from models_ml.recommendation.lists import found_for, found_for_newcomers, lists_of
from models_ml.recommendation.moment import Moment
from models_ml.recommendation.policy import ANY, KNOWN_ONLY, MIXED, NEW_ONLY
from models_ml.recommendation.rerank import PLAIN, Weights


@pytest.mark.parametrize("policy", [MIXED, NEW_ONLY, KNOWN_ONLY, ANY])
def test_a_list_does_not_depend_on_who_else_is_asked_about(corpus: Corpus, policy: str) -> None:
    at = int(corpus.at_sorted[-1])
    moment, scorer = Moment.before(corpus, at), baseline("blend")
    queries = queries_at(corpus, np.arange(len(corpus.users)), at)
    weights = Weights(0.4, 0.2)
    found, own = found_for(scorer, moment, queries, policy)
    made = lists_of(found, moment, 12, policy, weights)
    for user in (0, 5, 23):
        one, _ = found_for(scorer, moment, queries.take(slice(user, user + 1)), policy)
        again = lists_of(one, moment, 12, policy, weights)
        assert np.array_equal(again.item[0], made.item[user])
        assert np.array_equal(again.score[0], made.score[user], equal_nan=True)
    real = made.item >= 0
    known = np.take_along_axis(own.is_known, np.maximum(made.item, 0), axis=1)
    assert (made.is_new[real] == ~known[real]).all()
    assert (np.diff(real.astype(int), axis=1) <= 0).all()


def test_newcomers_get_what_has_relevance_and_nothing_known(corpus: Corpus) -> None:
    moment = Moment.before(corpus, int(corpus.at_sorted[-1]))
    relevance = np.zeros((1, 30))
    relevance[0, [4, 9]] = 0.5, 1.0
    people = Newcomers(np.array(["n"]), relevance, np.full((1, 30), 2))
    made = lists_of(found_for_newcomers(people, MIXED), moment, 4, MIXED, PLAIN)
    assert made.item.tolist() == [[9, 4, -1, -1]] and made.source[0, 0] == 2
    assert (lists_of(found_for_newcomers(people, KNOWN_ONLY), moment, 4, ANY, PLAIN).item < 0).all()
