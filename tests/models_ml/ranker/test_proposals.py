"""Which places are proposed: known, near, popular, and never one that nobody has been to yet."""

from __future__ import annotations

import numpy as np
import pytest

from models_ml.data.corpus import Corpus, queries_for_rows
from models_ml.data.sequences import haversine_m
from models_ml.ranker import proposals
from models_ml.ranker.past import Past
from models_ml.ranker.proposals import Surroundings, propose


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists short enough that a city of thirty places does not fit on them."""
    for name, value in {"NEAREST": 3, "VISITED": 2, "OF_NEAREST": 10, "POPULAR": 4}.items():
        monkeypatch.setattr(proposals, name, value)


def test_surroundings_are_the_nearest_places_then_the_most_visited(corpus: Corpus, few) -> None:
    around = Surroundings.of_training(corpus).codes(corpus)
    train = corpus.item[(corpus.split == 0) & (corpus.item >= 0)]
    visits = np.bincount(train, minlength=len(corpus.items))
    for place in np.unique(train):
        away = haversine_m(
            np.full(len(corpus.items), corpus.item_latitude[place]),
            np.full(len(corpus.items), corpus.item_longitude[place]),
            corpus.item_latitude,
            corpus.item_longitude,
        )
        away[visits == 0] = np.inf
        near = np.argsort(away, kind="stable")[:10]
        assert set(around[place, :3]) == set(near[:3])
        assert min(visits[around[place, 3:]]) >= np.sort(visits[near[3:]])[-2]


def test_places_unknown_to_the_training_have_no_surroundings(corpus: Corpus) -> None:
    known = Surroundings(["p00", "gone"], np.array([[0, 1, -1], [1, 0, -1]]))
    around = known.codes(corpus)
    code = list(corpus.items).index("p00")
    assert list(around[code]) == [code, -1, -1]
    assert (np.delete(around, code, axis=0) == -1).all()


def test_nothing_is_proposed_before_anybody_was_there(corpus: Corpus) -> None:
    queries = queries_for_rows(corpus, corpus.order[:60])
    past = Past(corpus, queries)
    query, item = propose(past, Surroundings.of_training(corpus).codes(corpus))
    first = np.array([corpus.at[corpus.item == code].min() for code in range(len(corpus.items))])
    assert len(item)
    assert (first[item] < queries.at[query]).all()


def test_the_month_before_the_day_says_what_is_popular(corpus: Corpus, few) -> None:
    queries = queries_for_rows(corpus, corpus.order[-5:])
    day = 86_400_000_000
    query, item = proposals._popular(corpus, queries)
    for index in range(len(queries)):
        midnight = queries.at[index] // day * day
        seen = corpus.item[(corpus.at < midnight) & (corpus.at >= midnight - 28 * day)]
        visits = np.bincount(seen[seen >= 0], minlength=len(corpus.items))
        found = item[query == index]
        assert len(found) == 4
        assert sorted(visits[found]) == sorted(np.sort(visits)[-4:])
