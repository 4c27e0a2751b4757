"""What is looked up of each user's past equals a plain loop."""

from __future__ import annotations

from collections import Counter

import numpy as np

from models_ml.data.corpus import Corpus, queries_for_rows
from models_ml.ranker.past import RECENT_PLACES, STEPS, Past

ROWS = np.arange(0, 1400, 61)
LATER = np.arange(10, 1400, 83)


def visited(corpus: Corpus, row: int) -> np.ndarray:
    """Places of the user before a row, oldest first."""
    items = corpus.item[corpus.start[corpus.user[row]] : row]
    return items[items >= 0]


def test_recent_places_are_newest_first(corpus: Corpus) -> None:
    past = Past(corpus, queries_for_rows(corpus, ROWS))
    for index, row in enumerate(ROWS):
        newest = list(visited(corpus, row)[::-1][:RECENT_PLACES])
        assert list(past.recent[index]) == newest + [-1] * (RECENT_PLACES - len(newest))
        assert past.current[index] == (newest[0] if newest else -1)


def test_home_is_the_most_visited_place_and_the_newest_of_equals(corpus: Corpus) -> None:
    past = Past(corpus, queries_for_rows(corpus, ROWS))
    for index, row in enumerate(ROWS):
        items = list(visited(corpus, row))
        newest = {item: place for place, item in enumerate(items)}
        counts = Counter(items)
        best = max(counts, key=lambda item: (counts[item], newest[item]), default=-1)
        assert past.home[index] == best


def test_now_is_the_newest_event_unless_the_targets_time_is_given(corpus: Corpus) -> None:
    rows = corpus.start[:-1] + 9
    assert (
        Past(corpus, queries_for_rows(corpus, rows, time_given=True)).now == corpus.at[rows]
    ).all()
    past = Past(corpus, queries_for_rows(corpus, rows))
    assert (past.now == corpus.at[past.last]).all()
    assert (past.last < rows).all()


def test_steps_out_of_older_places_weigh_less(corpus: Corpus) -> None:
    past = Past(corpus, queries_for_rows(corpus, LATER))
    owner, target, weight = past.after_last_places
    assert len(owner) == len(target) == len(weight)
    assert set(weight) == {1.0, 1 / 2, 1 / 3, 1 / 4}
    index = 3
    newest = past.recent[index, 0]
    mine = target[(owner == index) & (weight == 1.0)]
    user = corpus.user
    steps = 0
    for row in np.flatnonzero(corpus.item == newest):
        later = np.flatnonzero((user == user[row]) & (corpus.item >= 0))
        later = later[later > row]
        if len(later) and corpus.at[later[0]] < past.queries.at[index]:
            steps += 1
    assert len(mine) == min(steps, STEPS)
