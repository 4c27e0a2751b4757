"""Which places the ranker looks at besides the user's own and the successors of the current one.

Here belong the proposals: where people went after the user's last few places, what is visited
around here and around home, and what is popular this month.  How good they are is the business of
`features` and the trees.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from sklearn.neighbors import BallTree

from models_ml.data.corpus import MICROSECONDS_A_DAY, Corpus, Queries
from models_ml.ranker.past import Past

NEAREST, VISITED, OF_NEAREST = 40, 30, 250
POPULAR = 30
POPULAR_DAYS = 28


@dataclass(frozen=True, eq=False)
class Surroundings:
    """For each place known at training, the places around it that were visited most.

    `around` (places, AROUND) holds positions in `names`, -1 where there are fewer.
    """

    names: list[str]
    around: np.ndarray

    @classmethod
    def of_training(cls, corpus: Corpus) -> Surroundings:
        """From the places of the train split alone, so that nothing later changes a list."""
        rows = np.flatnonzero((corpus.split == 0) & (corpus.item >= 0))
        visits = np.bincount(corpus.item[rows], minlength=len(corpus.items))
        known = np.flatnonzero(visits > 0)
        around = np.full((len(known), NEAREST + VISITED), -1, dtype=np.int64)
        points = np.stack([corpus.item_latitude[known], corpus.item_longitude[known]], axis=1)
        placed = np.flatnonzero(np.isfinite(points).all(axis=1))
        if len(placed):
            tree = BallTree(np.radians(points[placed]), metric="haversine")
            near = tree.query(
                np.radians(points[placed]), k=min(OF_NEAREST, len(placed)), return_distance=False
            )
            near = placed[near]
            near, others = near[:, :NEAREST], near[:, NEAREST:]
            best = np.argsort(-visits[known][others], axis=1, kind="stable")[:, :VISITED]
            chosen = np.concatenate([near, np.take_along_axis(others, best, axis=1)], axis=1)
            around[placed, : chosen.shape[1]] = chosen
        return cls([str(name) for name in corpus.items[known]], around)

    def codes(self, corpus: Corpus) -> np.ndarray:
        """`around` in the place codes of a corpus, (len(corpus.items), AROUND)."""
        index = {str(name): code for code, name in enumerate(corpus.items)}
        # A corpus need not hold every place of the training: the entry at the end stands for none.
        code = np.array([*(index.get(name, -1) for name in self.names), -1])
        result = np.full((len(corpus.items), self.around.shape[1]), -1, dtype=np.int64)
        here = np.flatnonzero(code[:-1] >= 0)
        result[code[here]] = code[self.around[here]]
        return result


def propose(past: Past, around: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(question, place code) of every proposal, with repeats; `around` as `Surroundings.codes`
    has it.
    """
    corpus, queries = past.corpus, past.queries
    parts = [past.after_last_places[:2], _popular(corpus, queries)]
    first_seen = _first_seen(corpus)
    for place in (past.current, past.home):
        listed = np.where(place[:, None] >= 0, around[place], -1)
        # A place that opens later is on a list, and is no candidate yet.
        real = (listed >= 0) & (first_seen[listed] < queries.at[:, None])
        parts.append((np.nonzero(real)[0], listed[real]))
    return np.concatenate([one[0] for one in parts]), np.concatenate([one[1] for one in parts])


def _popular(corpus: Corpus, queries: Queries) -> tuple[np.ndarray, np.ndarray]:
    """The most visited places of the four weeks before the question's UTC day."""
    days, day = np.unique(queries.at // MICROSECONDS_A_DAY, return_inverse=True)
    ends = np.searchsorted(corpus.at_sorted, days * MICROSECONDS_A_DAY, side="left")
    starts = np.searchsorted(
        corpus.at_sorted, (days - POPULAR_DAYS) * MICROSECONDS_A_DAY, side="left"
    )
    codes = corpus.item[corpus.order]
    best = np.full((len(days), POPULAR), -1, dtype=np.int64)
    for index, (start, end) in enumerate(zip(starts, ends, strict=True)):
        seen = codes[start:end]
        visits = np.bincount(seen[seen >= 0], minlength=len(corpus.items))
        top = np.argsort(-visits, kind="stable")[:POPULAR]
        top = top[visits[top] > 0]
        best[index, : len(top)] = top
    listed = best[day]
    real = listed >= 0
    return np.nonzero(real)[0], listed[real]


@lru_cache(maxsize=4)
def _first_seen(corpus: Corpus) -> np.ndarray:
    """When each place was first visited by anybody, microseconds; (places,)."""
    at = np.full(len(corpus.items), np.iinfo(np.int64).max)
    known = corpus.item >= 0
    np.minimum.at(at, corpus.item[known], corpus.at[known])
    return at
