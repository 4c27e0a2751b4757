"""Counts of anything up to a moment: how often a symbol occurred strictly before a question.

Here belongs the one look-up that all statistics of the ranker are made of: so none of them can
count the target itself.  What is counted is the business of `features`.
"""

from __future__ import annotations

import numpy as np

from models_ml.data.corpus import Corpus, Queries


class Tally:
    """Occurrences of symbols (codes >= 0; -1 is none) over the rows of a corpus.

    `symbols` has one code a corpus row.
    """

    def __init__(self, corpus: Corpus, symbols: np.ndarray) -> None:
        rows = np.flatnonzero(symbols >= 0)
        # Events of one moment share the position of the first of them: none is before the other.
        position = np.searchsorted(corpus.at_sorted, corpus.at[rows], side="left")
        self._span = len(corpus) + 1
        key = symbols[rows] * self._span + position
        order = np.argsort(key, kind="stable")
        self._key, self._at = key[order], corpus.at[rows][order]

    def before(
        self, symbol: np.ndarray, seen: np.ndarray, since: np.ndarray | None = None
    ) -> np.ndarray:
        """How often each symbol occurred among the first `seen` events of all, float64.

        With `since` (as `seen`), the events before that many are left out.
        """
        high = self._index(symbol, seen)
        low = self._index(symbol, np.zeros_like(seen) if since is None else since)
        return np.where(symbol >= 0, high - low, 0).astype(float)

    def newest(self, symbol: np.ndarray, seen: np.ndarray) -> np.ndarray:
        """When each symbol occurred last among the first `seen` events (microseconds); -1 where
        it did not.
        """
        high = self._index(symbol, seen)
        found = (symbol >= 0) & (high > self._index(symbol, np.zeros_like(seen)))
        return np.where(found, self._at[np.maximum(high - 1, 0)] if len(self._at) else -1, -1)

    def _index(self, symbol: np.ndarray, seen: np.ndarray) -> np.ndarray:
        return np.searchsorted(self._key, symbol * self._span + seen, side="left")


def seen_before(corpus: Corpus, queries: Queries, microseconds: int) -> np.ndarray:
    """How many events of all had happened that long before each question's moment."""
    return np.searchsorted(corpus.at_sorted, queries.at - microseconds, side="left")
