"""Wide features: counted strictly before the question, equal to plain loops."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from models_ml.data.corpus import Corpus, queries_for_rows
from models_ml.data.history import last_rows, own_events
from models_ml.data.wide import NAMES, candidates, current_moment

ROWS = np.arange(5, 1400, 97)


def column(found, name: str) -> np.ndarray:
    return found.features[:, NAMES.index(name)]


def test_candidates_are_own_places_and_successors(corpus: Corpus) -> None:
    found = candidates(corpus, queries_for_rows(corpus, ROWS))
    for i, row in enumerate(ROWS):
        mine = np.arange(corpus.start[corpus.user[row]], row)
        own = set(corpus.item[mine][corpus.item[mine] >= 0])
        part = slice(found.bounds[i], found.bounds[i + 1])
        is_own = column(found, "is_own")[part] > 0
        assert set(found.item[part][is_own]) == own
        assert (column(found, "successor")[part][~is_own] > 0).all()
        assert (found.query[part] == i).all()
        assert (np.diff(found.item[part]) > 0).all()


def test_counts_equal_a_plain_loop(corpus: Corpus) -> None:
    found = candidates(corpus, queries_for_rows(corpus, ROWS))
    for i, row in enumerate(ROWS):
        mine = np.arange(corpus.start[corpus.user[row]], row)
        items = corpus.item[mine][corpus.item[mine] >= 0]
        pairs = list(pairwise(items))
        for entry in range(found.bounds[i], found.bounds[i + 1]):
            place = found.item[entry]
            lags = np.flatnonzero(items[::-1] == place)
            values = dict(zip(NAMES, found.features[entry], strict=True))
            assert np.isclose(values["visits"], np.log1p(len(lags)), atol=1e-5)
            assert np.isclose(values["recency"], np.log1p((1 / (1 + lags / 20)).sum()), atol=1e-5)
            assert np.isclose(values["visit_share"], len(lags) / max(len(items), 1), atol=1e-5)
            followed = sum(pair == (items[-1], place) for pair in pairs)
            assert np.isclose(values["own_successor"], np.log1p(followed), atol=1e-5)
            assert values["is_current"] == float(place == items[-1])


def test_features_are_finite_and_moderate(corpus: Corpus) -> None:
    everything = candidates(corpus, queries_for_rows(corpus, np.arange(len(corpus))))
    assert np.isfinite(everything.features).all()
    assert np.abs(everything.features).max() < 10


def test_the_target_itself_is_never_counted(corpus: Corpus) -> None:
    """A first visit is no candidate of its own question unless others led there."""
    rows = corpus.start[:-1]
    found = candidates(corpus, queries_for_rows(corpus, rows))
    assert len(found.query) == 0


def test_own_counts_begin_where_they_are_told_to(corpus: Corpus) -> None:
    queries = queries_for_rows(corpus, ROWS)
    start = corpus.start[queries.user]
    since = np.maximum(start, ROWS - 9)
    found = candidates(corpus, queries, since=since)
    for i, row in enumerate(ROWS):
        mine = corpus.item[since[i] : row]
        part = slice(found.bounds[i], found.bounds[i + 1])
        items, times = np.unique(mine[mine >= 0], return_counts=True)
        is_own = column(found, "is_own")[part] > 0
        assert found.item[part][is_own].tolist() == items.tolist()
        visits = np.expm1(column(found, "visits")[part][is_own])
        assert np.allclose(visits, times, atol=1e-4)
    plain, all_of_it = candidates(corpus, queries), candidates(corpus, queries, since=start)
    assert np.array_equal(plain.features, all_of_it.features)
    assert np.array_equal(plain.item, all_of_it.item)


def test_now_is_the_targets_time_only_where_it_is_told(corpus: Corpus) -> None:
    rows = np.concatenate([corpus.start[:-1], ROWS])
    queries = queries_for_rows(corpus, rows)
    pairs = own_events(corpus, queries, corpus.item)
    last = last_rows(pairs, len(rows))
    now = current_moment(corpus, queries, last) - queries.offset
    assert (last < 0).sum() >= len(corpus.start) - 1
    for moment, row, newest in zip(now, rows, last, strict=True):
        earlier = corpus.at[corpus.at < corpus.at[row]]
        anybody = earlier.max() if len(earlier) else corpus.at.min()
        assert moment == (corpus.at[newest] if newest >= 0 else anybody)
    told = queries_for_rows(corpus, rows, time_given=True)
    assert (current_moment(corpus, told, last) - told.offset == corpus.at[rows]).all()
