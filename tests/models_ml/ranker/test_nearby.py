"""What a user knows around a candidate equals a plain loop over great circles."""

from __future__ import annotations

import numpy as np
import pytest

from models_ml.data.corpus import Corpus, queries_for_rows
from models_ml.data.sequences import haversine_m
from models_ml.data.wide import candidates
from models_ml.ranker import nearby as library
from models_ml.ranker.nearby import NEAR_KM, known_points, nearby
from models_ml.ranker.past import Past

ROWS = np.arange(45, 1400, 171)


def test_visits_weigh_less_the_farther_they_are(corpus: Corpus) -> None:
    queries = queries_for_rows(corpus, ROWS)
    found = candidates(corpus, queries)
    columns = nearby(Past(corpus, queries), found)
    for entry in range(0, len(found.item), 9):
        row = ROWS[found.query[entry]]
        items = corpus.item[corpus.start[corpus.user[row]] : row]
        items = items[items >= 0]
        away = haversine_m(
            np.full(len(items), corpus.item_latitude[found.item[entry]]),
            np.full(len(items), corpus.item_longitude[found.item[entry]]),
            corpus.item_latitude[items],
            corpus.item_longitude[items],
        )
        near = np.exp(-away / 1_000 / NEAR_KM).sum()
        assert np.isclose(columns["visits_near"][entry], np.log1p(near), atol=1e-6)
        assert np.isclose(columns["nearest_known"][entry], np.log1p(away.min() / 1_000), atol=1e-6)
    assert (columns["visits_around"] >= columns["visits_near"]).all()


def test_only_the_places_visited_last_count(corpus: Corpus, monkeypatch) -> None:
    monkeypatch.setattr(library, "PLACES", 3)
    queries = queries_for_rows(corpus, ROWS)
    _, visits = known_points(Past(corpus, queries))
    assert visits.shape == (len(ROWS), 3)
    for index, row in enumerate(ROWS):
        items = corpus.item[corpus.start[corpus.user[row]] : row]
        items = list(items[items >= 0])
        newest = list(dict.fromkeys(items[::-1]))[:3]
        counts = [items.count(item) for item in newest]
        assert list(visits[index]) == counts + [0] * (3 - len(counts))


@pytest.mark.filterwarnings("error")
def test_a_new_user_knows_nothing_around(corpus: Corpus) -> None:
    queries = queries_for_rows(corpus, corpus.start[-2:-1])
    past = Past(corpus, queries)
    found = candidates(corpus, queries, (np.zeros(2, dtype=np.int64), np.array([0, 1])))
    assert all(np.isnan(values).all() for values in nearby(past, found).values())
