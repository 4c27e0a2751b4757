"""Wide features: what counting knows about each (question, candidate place), for the network to
weigh.

Here belong the candidates (the user's own places and everybody's successors of the current one)
and their features, all from events strictly before the question: so no statistic ever counts the
target itself.  How they are weighed is the network's business.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models_ml.baselines import RECENCY_EVENTS, places
from models_ml.data.corpus import MICROSECONDS_A_DAY, Corpus, Queries
from models_ml.data.history import Pairs, last_rows, own_events
from models_ml.data.sequences import haversine_m

MICROSECONDS_AN_HOUR = MICROSECONDS_A_DAY // 24
MAX_HISTORY = 500
MAX_STEPS = 200
NAMES = (
    "visits",
    "recency",
    "very_recent",
    "visit_share",
    "age",
    "lag",
    "own_successor",
    "own_successor_share",
    "second_order_successor",
    "hour_match",
    "hour_match_sharp",
    "weekend_match",
    "is_current",
    "is_own",
    "successor",
    "successor_share",
    "distance",
    "same_category",
)


@dataclass(frozen=True)
class Candidates:
    """Sparse features: `features[p]` (len(NAMES),) describes place `item[p]` for question
    `query[p]`, by question.

    `bounds[i]:bounds[i+1]` are the entries of question i.
    """

    query: np.ndarray
    item: np.ndarray
    features: np.ndarray
    bounds: np.ndarray


def current_moment(corpus: Corpus, queries: Queries, last: np.ndarray) -> np.ndarray:
    """Local time (microseconds) that "now" means: the target's when it is given, else that of the
    user's newest event; of a user without one, of anybody's newest event before the question.
    """
    if queries.time_given:
        return queries.moment + queries.offset
    anybody = corpus.at_sorted[np.maximum(queries.seen - 1, 0)]
    return np.where(last >= 0, corpus.at[last], anybody) + queries.offset


def candidates(
    corpus: Corpus,
    queries: Queries,
    more: tuple[np.ndarray, np.ndarray] | None = None,
    own: Corpus | None = None,
    since: np.ndarray | None = None,
) -> Candidates:
    """Candidates and features of a batch of questions; entries sorted by question, then place
    code.

    `more` names further (question, place code) pairs to describe.  Training may look at a user's
    own past in another way than at everybody's: `own` are the same events as own counts see them,
    `since` (m,) is the first row that those of each question see.
    """
    own = corpus if own is None else own
    size, count = len(corpus.items), len(queries)
    pairs = own_events(own, queries, own.item, limit=MAX_HISTORY)
    if since is not None:
        # Lags count from the newest event, so they stay as they are.
        kept = pairs.row >= since[pairs.query]
        pairs = Pairs(pairs.query[kept], pairs.row[kept], pairs.lag[kept])
    last = last_rows(pairs, count)
    current = np.where(last >= 0, own.item[last], -1)
    owner, target = places(corpus).transitions.before(current, queries.at, limit=MAX_STEPS)
    own_key, step_key = pairs.query * size + own.item[pairs.row], owner * size + target
    asked = np.zeros(0, dtype=np.int64) if more is None else more[0] * size + more[1]
    keys, inverse = np.unique(np.concatenate([own_key, step_key, asked]), return_inverse=True)
    query, item = keys // size, keys % size
    visit, step = np.split(inverse[: len(own_key) + len(step_key)], [len(own_key)])
    columns = _own_columns(own, queries, pairs, visit, keys, current, last)
    steps = np.bincount(step, minlength=len(keys)).astype(float)
    columns["successor"] = np.log1p(steps)
    total = np.bincount(owner, minlength=count).astype(float)
    columns["successor_share"] = steps / np.maximum(total[query], 1.0)
    columns |= _place_columns(own, query, item, last)
    features = np.stack([columns[name] for name in NAMES], axis=1).astype(np.float32)
    return Candidates(query, item, features, np.searchsorted(query, np.arange(count + 1)))


def _own_columns(
    corpus: Corpus,
    queries: Queries,
    pairs: Pairs,
    visit: np.ndarray,
    keys: np.ndarray,
    current: np.ndarray,
    last: np.ndarray,
) -> dict[str, np.ndarray]:
    """Features of the user's own earlier events, summed by (question, place)."""

    def total(weights: np.ndarray | None = None) -> np.ndarray:
        return np.bincount(visit, weights=weights, minlength=len(keys)).astype(float)

    size = len(corpus.items)
    query = keys // size
    visits = total()
    lag = np.full(len(keys), np.inf)
    np.minimum.at(lag, visit, pairs.lag)
    newest = np.full(len(keys), 0, dtype=np.int64)
    np.maximum.at(newest, visit, corpus.at[pairs.row])
    is_own = visits > 0
    now = current_moment(corpus, queries, last)
    age = np.where(is_own, (now - queries.offset)[query] - newest, 0) / MICROSECONDS_AN_HOUR
    there = (corpus.at + corpus.offset)[pairs.row]
    phase = 2 * np.pi * ((now[pairs.query] - there) % MICROSECONDS_A_DAY) / MICROSECONDS_A_DAY
    near = np.cos(phase) - 1.0
    same_kind = is_weekend(now)[pairs.query] == is_weekend(there)
    events = np.bincount(pairs.query, minlength=len(queries)).astype(float)
    return {
        "visits": np.log1p(visits),
        "recency": np.log1p(total(1.0 / (1.0 + pairs.lag / RECENCY_EVENTS))),
        "very_recent": np.log1p(total(np.exp(-pairs.lag / 4.0))),
        "visit_share": visits / np.maximum(events[query], 1.0),
        "age": np.where(is_own, np.log1p(np.maximum(age, 0.0)) / 4.0, 0.0),
        "lag": np.where(is_own, np.log1p(np.where(is_own, lag, 0.0)) / 4.0, 0.0),
        "hour_match": np.log1p(total(np.exp(2.0 * near))),
        "hour_match_sharp": np.log1p(total(np.exp(16.0 * near))),
        "weekend_match": np.log1p(total(same_kind.astype(float))),
        "is_current": (keys % size == current[query]).astype(float),
        "is_own": is_own.astype(float),
        **_successor_columns(corpus, queries, pairs, keys, current, last),
    }


def _successor_columns(
    corpus: Corpus,
    queries: Queries,
    pairs: Pairs,
    keys: np.ndarray,
    current: np.ndarray,
    last: np.ndarray,
) -> dict[str, np.ndarray]:
    """Where the user went after the current place before, and after the last two places in this
    order.
    """
    size = len(corpus.items)
    following = places(corpus).following[pairs.row]
    limit = corpus.start[queries.user] + queries.before
    known = (following >= 0) & (following < limit[pairs.query])
    known &= corpus.item[pairs.row] == current[pairs.query]
    query, row = pairs.query[known], pairs.row[known]
    key = np.searchsorted(keys, query * size + corpus.item[following[known]])
    steps = np.bincount(key, minlength=len(keys)).astype(float)
    out = np.bincount(query, minlength=len(queries)).astype(float)
    previous = previous_codes(corpus, corpus.item)
    twice = previous[row] == np.where(last >= 0, previous[last], -2)[query]
    second = np.bincount(key[twice], minlength=len(keys)).astype(float)
    return {
        "own_successor": np.log1p(steps),
        "own_successor_share": steps / np.maximum(out[keys // size], 1.0),
        "second_order_successor": np.log1p(second),
    }


def previous_codes(corpus: Corpus, codes: np.ndarray) -> np.ndarray:
    """The code of the user's event before each row; -1 where there is none."""
    previous = np.concatenate([[-1], codes[:-1]])
    previous[corpus.start[:-1]] = -1
    return previous


def _place_columns(
    corpus: Corpus, query: np.ndarray, item: np.ndarray, last: np.ndarray
) -> dict[str, np.ndarray]:
    """Distance and likeness of the candidate to where the user is now; 0 where that is unknown."""
    here = last[query]
    distance = haversine_m(
        corpus.latitude[here],
        corpus.longitude[here],
        corpus.item_latitude[item],
        corpus.item_longitude[item],
    )
    is_known = (here >= 0) & np.isfinite(distance)
    distance = np.where(is_known, np.log1p(np.where(is_known, distance, 0.0) / 1_000.0) / 3.0, 0.0)
    alike = (here >= 0) & (corpus.category[here] == corpus.item_category[item])
    alike &= corpus.item_category[item] >= 0
    return {"distance": distance, "same_category": alike.astype(float)}


def is_weekend(local: np.ndarray) -> np.ndarray:
    """Whether local microseconds fall on a Saturday or Sunday (1970-01-01 was a Thursday)."""
    return ((local // MICROSECONDS_A_DAY + 3) % 7) >= 5
