"""The baselines: counting models that look only at strictly earlier events, and hold no parameters.

Here belong popularity, recent popularity, the visit counter, the Markov chain and their untrained
blend.  The same classes answer for places and for event types (`alphabet`).  Learned models do
not belong here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from models_ml.columns import BASELINES
from models_ml.data.corpus import MICROSECONDS_A_DAY, Corpus, Queries
from models_ml.data.history import (
    Transitions,
    counts_before,
    last_rows,
    next_rows,
    own_events,
)
from models_ml.errors import ModelError
from models_ml.scorer import Citation

RECENT_DAYS = 7
RECENCY_EVENTS = 20.0
OWN_SUCCESSOR, GLOBAL_SUCCESSOR = 3.0, 0.05
HOUR_WIDTH = 2.0


@dataclass(frozen=True, eq=False)
class Alphabet:
    """What is predicted: one code an event (-1 for none) out of `size`, with what is looked up
    again and again.
    """

    corpus: Corpus
    symbols: np.ndarray
    size: int

    @cached_property
    def following(self) -> np.ndarray:
        """The user's next row with a symbol, for each row."""
        return next_rows(self.corpus, self.symbols)

    @cached_property
    def transitions(self) -> Transitions:
        """Every user's steps."""
        return Transitions(self.corpus, self.symbols)


@lru_cache(maxsize=4)
def places(corpus: Corpus) -> Alphabet:
    """The alphabet of places."""
    return Alphabet(corpus, corpus.item, len(corpus.items))


@lru_cache(maxsize=4)
def event_types(corpus: Corpus) -> Alphabet:
    """The alphabet of event types."""
    return Alphabet(corpus, corpus.kind, len(corpus.kinds))


def popularity(corpus: Corpus, alphabet: Alphabet, queries: Queries) -> np.ndarray:
    """How often everybody chose each symbol before."""
    return counts_before(corpus, alphabet.symbols, queries.at, alphabet.size)


def recent_popularity(corpus: Corpus, alphabet: Alphabet, queries: Queries) -> np.ndarray:
    """The same over the last seven days, all time breaking ties."""
    recent = counts_before(
        corpus, alphabet.symbols, queries.at, alphabet.size, window=RECENT_DAYS * MICROSECONDS_A_DAY
    )
    return recent + _as_tie_break(popularity(corpus, alphabet, queries))


def visit_counter(corpus: Corpus, alphabet: Alphabet, queries: Queries) -> np.ndarray:
    """How often this user chose each symbol before; popularity breaks ties and serves new users."""
    pairs = own_events(corpus, queries, alphabet.symbols)
    weights = _hour_match(corpus, queries, pairs.query, pairs.row)
    counts = _table(pairs.query, alphabet.symbols[pairs.row], weights, queries, alphabet)
    return counts + _as_tie_break(popularity(corpus, alphabet, queries))


def markov(corpus: Corpus, alphabet: Alphabet, queries: Queries) -> np.ndarray:
    """How often anybody went from the user's last symbol to each other one; popularity breaks
    ties.
    """
    return _global_successors(corpus, alphabet, queries) + _as_tie_break(
        popularity(corpus, alphabet, queries)
    )


def blend(corpus: Corpus, alphabet: Alphabet, queries: Queries) -> np.ndarray:
    """Own visits weighted by recency, own successors of the last place and everybody's: nothing
    is fitted.

    The weights are those of the recipe: 1/(1+k/20) for the k-th newest event, 3 for an own
    successor, .05 for one of anybody's.  With the target's time given, visits at a like hour
    weigh more.
    """
    pairs = own_events(corpus, queries, alphabet.symbols)
    symbol = alphabet.symbols[pairs.row]
    weights = _hour_match(corpus, queries, pairs.query, pairs.row) / (
        1.0 + pairs.lag / RECENCY_EVENTS
    )
    scores = _table(pairs.query, symbol, weights, queries, alphabet)
    last = last_rows(pairs, len(queries))
    current = np.where(last >= 0, alphabet.symbols[last], -1)
    following = alphabet.following[pairs.row]
    limit = corpus.start[queries.user] + queries.before
    known = (symbol == current[pairs.query]) & (following >= 0) & (following < limit[pairs.query])
    scores += OWN_SUCCESSOR * _table(
        pairs.query[known], alphabet.symbols[following[known]], None, queries, alphabet
    )
    scores += GLOBAL_SUCCESSOR * _global_successors(corpus, alphabet, queries)
    return scores + 0.01 * _as_tie_break(popularity(corpus, alphabet, queries))


def _global_successors(corpus: Corpus, alphabet: Alphabet, queries: Queries) -> np.ndarray:
    last = last_rows(own_events(corpus, queries, alphabet.symbols, limit=50), len(queries))
    source = np.where(last >= 0, alphabet.symbols[last], -1)
    owner, target = alphabet.transitions.before(source, queries.at)
    return _table(owner, target, None, queries, alphabet)


def _hour_match(corpus: Corpus, queries: Queries, query: np.ndarray, row: np.ndarray) -> np.ndarray:
    """1 for every pair, or, with the target's time given, more for events at a like local hour
    (von Mises).
    """
    if not queries.time_given:
        return np.ones(len(query))
    asked = (queries.moment + queries.offset)[query]
    there = (corpus.at + corpus.offset)[row]
    phase = 2 * np.pi * ((asked - there) % MICROSECONDS_A_DAY) / MICROSECONDS_A_DAY
    return 0.2 + np.exp(HOUR_WIDTH * (np.cos(phase) - 1.0))


def _table(
    query: np.ndarray,
    symbol: np.ndarray,
    weights: np.ndarray | None,
    queries: Queries,
    alphabet: Alphabet,
) -> np.ndarray:
    """Sum of weights per (question, symbol), dense float64."""
    size = len(queries) * alphabet.size
    counted = np.bincount(query * alphabet.size + symbol, weights=weights, minlength=size)
    return counted.astype(float).reshape(len(queries), alphabet.size)


def _as_tie_break(counts: np.ndarray) -> np.ndarray:
    """Shares below 1, so that they order what a whole count leaves equal and nothing else."""
    total = counts.sum(axis=1, keepdims=True)
    return 0.5 * counts / np.maximum(total, 1.0)


Count = Callable[[Corpus, Alphabet, Queries], np.ndarray]
_COUNTS: dict[str, Count] = {
    "popularity": popularity,
    "recent_popularity": recent_popularity,
    "visit_counter": visit_counter,
    "markov": markov,
    "blend": blend,
}


def shares(name: str, corpus: Corpus, alphabet: Alphabet, queries: Queries) -> np.ndarray:
    """A count as probabilities, (queries, symbols), each row summing to 1."""
    counts = _COUNTS[name](corpus, alphabet, queries) + 1e-3
    result: np.ndarray = counts / counts.sum(axis=1, keepdims=True)
    return result


@dataclass(frozen=True)
class Baseline:
    """A counting model behind the scorer interface; it has nothing to learn, so `fit` returns
    itself.
    """

    name: str

    def fit(self, corpus: Corpus) -> Baseline:
        """Nothing is learned; every count is taken at the moment of the question."""
        return self

    def update(self, corpus: Corpus) -> Baseline:
        """Nothing is held, so nothing is out of date."""
        return self

    def score(self, corpus: Corpus, queries: Queries) -> np.ndarray:
        """Counts of places, (queries, items)."""
        return _COUNTS[self.name](corpus, places(corpus), queries)

    def score_events(self, corpus: Corpus, queries: Queries) -> np.ndarray:
        """Shares of event types, (queries, kinds), each row summing to 1."""
        return shares(self.name, corpus, event_types(corpus), queries)

    def explain(self, corpus: Corpus, queries: Queries, items: np.ndarray) -> list[list[Citation]]:
        """The user's earlier events at the place asked about, newer ones heavier."""
        pairs = own_events(corpus, queries, corpus.item)
        cited: list[list[Citation]] = []
        for index, item in enumerate(items):
            mine = (pairs.query == index) & (corpus.item[pairs.row] == item)
            weight = 1.0 / (1.0 + pairs.lag[mine] / RECENCY_EVENTS)
            order = np.argsort(-weight, kind="stable")
            share = weight / weight.sum() if len(weight) else weight
            cited.append([Citation(int(pairs.row[mine][k]), float(share[k])) for k in order])
        return cited


def baseline(name: str) -> Baseline:
    """The baseline of that name; `ModelError` names the known ones."""
    if name not in _COUNTS:
        raise ModelError(f"no baseline is called {name!r}", fix=f"one of {', '.join(BASELINES)}")
    return Baseline(name)


def all_baselines() -> dict[str, Baseline]:
    """Every baseline by name, in the order of `columns.BASELINES`."""
    return {name: Baseline(name) for name in BASELINES}
