"""What is looked up once for a batch of questions: the user's own events, current place and home.

Here belong look-ups that proposals and features share.  Features are in `features`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models_ml.baselines import places
from models_ml.data.corpus import Corpus, Queries
from models_ml.data.history import Pairs, last_rows, own_events
from models_ml.data.wide import MAX_HISTORY, current_moment

RECENT_PLACES = 4
STEPS = 60


@dataclass(frozen=True, eq=False)
class Past:
    """A batch of questions and what each user did before."""

    corpus: Corpus
    queries: Queries

    @cached_property
    def pairs(self) -> Pairs:
        """The user's own earlier events with a place."""
        return own_events(self.corpus, self.queries, self.corpus.item, limit=MAX_HISTORY)

    @cached_property
    def last(self) -> np.ndarray:
        """The newest of them, -1 where there is none; (queries,)."""
        return last_rows(self.pairs, len(self.queries))

    @cached_property
    def now(self) -> np.ndarray:
        """What a model may take for the present: the target's time where it is given, else that of
        the newest event; UTC microseconds, (queries,).
        """
        return current_moment(self.corpus, self.queries, self.last) - self.queries.offset

    @cached_property
    def recent(self) -> np.ndarray:
        """The last places, newest first, -1 where there are fewer; (queries, RECENT_PLACES)."""
        found = np.full((len(self.queries), RECENT_PLACES), -1, dtype=np.int64)
        near = self.pairs.lag < RECENT_PLACES
        found[self.pairs.query[near], self.pairs.lag[near]] = self.corpus.item[self.pairs.row[near]]
        return found

    @cached_property
    def current(self) -> np.ndarray:
        """The place of the newest event, -1 where there is none; (queries,)."""
        return self.recent[:, 0]

    @cached_property
    def home(self) -> np.ndarray:
        """The most visited place, the newest of equals; -1 where there is none; (queries,)."""
        size = len(self.corpus.items)
        keys, inverse, visits = np.unique(
            self.pairs.query * size + self.corpus.item[self.pairs.row],
            return_inverse=True,
            return_counts=True,
        )
        lag = np.full(len(keys), len(self.corpus), dtype=np.int64)
        np.minimum.at(lag, inverse, self.pairs.lag)
        order = np.lexsort((lag, -visits, keys // size))
        query = (keys // size)[order]
        is_first = np.diff(query, prepend=-1) != 0
        found = np.full(len(self.queries), -1, dtype=np.int64)
        found[query[is_first]] = (keys % size)[order][is_first]
        return found

    @cached_property
    def after_last_places(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(question, place, weight) of the newest steps anybody took out of the user's last
        places; the newest place weighs 1, the one before 1/2, and so on.
        """
        transitions = places(self.corpus).transitions
        found = []
        for back in range(RECENT_PLACES):
            owner, target = transitions.before(self.recent[:, back], self.queries.at, limit=STEPS)
            found.append((owner, target, np.full(len(owner), 1.0 / (1 + back))))
        owner, target, weight = (np.concatenate(part) for part in zip(*found, strict=True))
        return owner, target, weight
