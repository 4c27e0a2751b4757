"""Flat (question, earlier event) pairs: how every counting model looks back, all questions at once.

Here belong the vectorised look-backs: a user's own events, which of them share a moment,
everybody's successors of a place, everybody's events up to a moment.  Each returns only what lies
strictly before the question.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models_ml.data.corpus import Corpus, Queries


@dataclass(frozen=True)
class Pairs:
    """`query[p]` may look at corpus row `row[p]`; `lag[p]` is 0 for the newest one."""

    query: np.ndarray
    row: np.ndarray
    lag: np.ndarray


def expand(first: np.ndarray, count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ranges first[i] .. first[i]+count[i]-1 laid end to end: (i of each element, the element)."""
    owner = np.repeat(np.arange(len(count)), count)
    ends = np.cumsum(count)
    within = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - count, count)
    return owner, np.repeat(first, count) + within


def own_events(corpus: Corpus, queries: Queries, symbols: np.ndarray, limit: int = 1_000) -> Pairs:
    """The user's newest `limit` earlier events whose symbol is not null; lags count such events
    alone.
    """
    count = np.minimum(queries.before, limit)
    first = corpus.start[queries.user] + queries.before - count
    query, row = expand(first, count)
    kept = symbols[row] >= 0
    query, row = query[kept], row[kept]
    size = np.bincount(query, minlength=len(queries))
    lag = np.repeat(np.cumsum(size), size) - 1 - np.arange(len(query))
    return Pairs(query, row, lag)


def last_rows(pairs: Pairs, size: int) -> np.ndarray:
    """The newest row of each question, -1 where there is none; shape (size,)."""
    rows = np.full(size, -1, dtype=np.int64)
    newest = pairs.lag == 0
    rows[pairs.query[newest]] = pairs.row[newest]
    return rows


def next_rows(corpus: Corpus, symbols: np.ndarray) -> np.ndarray:
    """For each row the user's next row with a symbol, -1 where there is none (yet)."""
    result = np.full(len(corpus), -1, dtype=np.int64)
    rows = np.flatnonzero(symbols >= 0)
    same = corpus.user[rows[1:]] == corpus.user[rows[:-1]]
    result[rows[:-1][same]] = rows[1:][same]
    return result


def first_of_moment(corpus: Corpus) -> np.ndarray:
    """For each row the first of those that share its user and time, (events,)."""
    begins = np.ones(len(corpus), dtype=bool)
    begins[1:] = (np.diff(corpus.at) != 0) | (np.diff(corpus.user) != 0)
    return np.maximum.accumulate(np.where(begins, np.arange(len(corpus)), 0))


class Transitions:
    """Every user's steps from one symbol to the next, ordered by source and by the moment the
    step was complete.
    """

    def __init__(self, corpus: Corpus, symbols: np.ndarray) -> None:
        following = next_rows(corpus, symbols)
        rows = np.flatnonzero((following >= 0) & (symbols >= 0))
        target = following[rows]
        base = corpus.at_sorted[0]
        self._span = int(corpus.at_sorted[-1] - base) + 2
        self._base = int(base)
        key = symbols[rows] * self._span + (corpus.at[target] - base)
        order = np.argsort(key, kind="stable")
        self._key = key[order]
        self.target = symbols[target[order]]

    def before(
        self, source: np.ndarray, at: np.ndarray, limit: int = 500
    ) -> tuple[np.ndarray, np.ndarray]:
        """(question, target symbol) of the newest `limit` steps out of each source, complete
        strictly before `at`.
        """
        moment = np.clip(at - self._base, 0, self._span - 1)
        low = np.searchsorted(self._key, source * self._span, side="left")
        high = np.searchsorted(self._key, source * self._span + moment, side="left")
        count = np.where(source >= 0, np.minimum(high - low, limit), 0)
        owner, index = expand(high - count, count)
        return owner, self.target[index]


def counts_before(
    corpus: Corpus, symbols: np.ndarray, at: np.ndarray, size: int, window: int | None = None
) -> np.ndarray:
    """How often each symbol occurred anywhere strictly before `at`, float64 (len(at), size).

    With `window` (microseconds) only the events of that long before are counted.
    """
    order = np.argsort(at, kind="stable")
    codes = symbols[corpus.order]
    high = np.searchsorted(corpus.at_sorted, at[order], side="left")
    result = _prefix(codes, high, size)
    if window is not None:
        result -= _prefix(
            codes, np.searchsorted(corpus.at_sorted, at[order] - window, side="left"), size
        )
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return result[back]


def _prefix(codes: np.ndarray, ends: np.ndarray, size: int) -> np.ndarray:
    """Counts of codes[:ends[i]] for ascending ends: one count of the start, then only what is
    added between.
    """
    if not len(ends):
        return np.zeros((0, size))
    start = codes[: ends[0]]
    base = np.bincount(start[start >= 0], minlength=size).astype(float)
    added = np.diff(ends, prepend=ends[0])
    owner, index = expand(ends - added, added)
    kept = codes[index] >= 0
    flat = owner[kept] * size + codes[index][kept]
    steps = np.bincount(flat, minlength=len(ends) * size).reshape(len(ends), size)
    return base + np.cumsum(steps, axis=0)
