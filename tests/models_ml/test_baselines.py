"""Baselines against plain loops, on questions of every kind."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from models_ml.baselines import all_baselines, baseline
from models_ml.columns import BASELINES
from models_ml.data.corpus import MICROSECONDS_A_DAY, Corpus, queries_for_rows
from models_ml.errors import ModelError
from models_ml.evaluation.rank import top

ROWS = np.arange(0, 1400, 61)


def earlier(corpus: Corpus, row: int, own: bool) -> np.ndarray:
    """Rows strictly before a row in time order, with a place."""
    rows = corpus.order[corpus.at[corpus.order] < corpus.at[row]]
    rows = rows[corpus.item[rows] >= 0]
    return rows[corpus.user[rows] == corpus.user[row]] if own else rows


def shares(items: np.ndarray, size: int) -> np.ndarray:
    counts = np.bincount(items, minlength=size)
    return 0.5 * counts / max(counts.sum(), 1)


def steps(corpus: Corpus, rows: np.ndarray) -> list[tuple[int, int]]:
    """(from, to) of everybody's consecutive places among rows."""
    frame = pd.DataFrame({"user": corpus.user[rows], "item": corpus.item[rows]})
    frame["to"] = frame.groupby("user")["item"].shift(-1)
    known = frame.dropna()
    return list(zip(known["item"], known["to"].astype(int), strict=True))


def expected(name: str, corpus: Corpus, row: int) -> np.ndarray:
    size = len(corpus.items)
    everyone, own = earlier(corpus, row, own=False), earlier(corpus, row, own=True)
    tie = shares(corpus.item[everyone], size)
    mine = corpus.item[own]
    out = np.zeros(size)
    if name == "popularity":
        return np.bincount(corpus.item[everyone], minlength=size).astype(float)
    if name == "recent_popularity":
        newest = everyone[corpus.at[everyone] >= corpus.at[row] - 7 * MICROSECONDS_A_DAY]
        return np.bincount(corpus.item[newest], minlength=size) + tie
    if name == "visit_counter":
        return np.bincount(mine, minlength=size) + tie
    successors = [to for source, to in steps(corpus, everyone) if len(mine) and source == mine[-1]]
    everybody = np.bincount(np.array(successors, dtype=int), minlength=size)
    if name == "markov":
        return everybody + tie
    for lag, item in enumerate(mine[::-1]):
        out[item] += 1 / (1 + lag / 20)
    for source, to in pairwise(mine):
        out[to] += 3.0 * (source == mine[-1])
    return out + 0.05 * everybody + 0.01 * tie


@pytest.mark.parametrize("name", BASELINES)
def test_scores_equal_a_plain_loop(corpus: Corpus, name: str) -> None:
    found = baseline(name).score(corpus, queries_for_rows(corpus, ROWS))
    wanted = np.stack([expected(name, corpus, row) for row in ROWS])
    assert np.allclose(found, wanted)


@pytest.mark.parametrize("name", BASELINES)
def test_event_types_are_probabilities(corpus: Corpus, name: str) -> None:
    share = baseline(name).score_events(corpus, queries_for_rows(corpus, ROWS))
    assert share.shape == (len(ROWS), len(corpus.kinds))
    assert np.allclose(share.sum(axis=1), 1)
    assert (share > 0).all()


def test_with_the_time_given_like_hours_weigh_more(corpus: Corpus) -> None:
    rows = ROWS[ROWS > 0]
    plain = baseline("visit_counter").score(corpus, queries_for_rows(corpus, rows))
    told = baseline("visit_counter").score(corpus, queries_for_rows(corpus, rows, time_given=True))
    assert not np.array_equal(top(plain, 3), top(told, 3))


def test_citations_are_own_visits_to_the_place(corpus: Corpus) -> None:
    queries = queries_for_rows(corpus, ROWS)
    best = top(baseline("blend").score(corpus, queries), 1)[:, 0]
    cited = baseline("blend").explain(corpus, queries, best)
    assert len(cited) == len(ROWS)
    for query, item, citations in zip(queries.row, best, cited, strict=True):
        for one in citations:
            assert corpus.item[one.row] == item
            assert corpus.user[one.row] == corpus.user[query]
            assert corpus.at[one.row] < corpus.at[query]
        if citations:
            assert sum(one.weight for one in citations) == pytest.approx(1)


def test_names() -> None:
    assert tuple(all_baselines()) == BASELINES
    with pytest.raises(ModelError, match="no baseline is called 'oracle'"):
        baseline("oracle")
