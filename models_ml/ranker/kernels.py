"""Kernels over the user's own visits of a candidate place: how long ago, at which hour, after what.

Here belongs what the ranker knows from the user's own past, beyond `wide`'s counts.  What everybody
does is `profiles`'.
"""

from __future__ import annotations

import numpy as np

from models_ml.baselines import places
from models_ml.data.corpus import MICROSECONDS_A_DAY
from models_ml.data.wide import Candidates, is_weekend
from models_ml.ranker.past import Past

WEEK = 7 * MICROSECONDS_A_DAY
DECAY_DAYS = (0.25, 1.0, 3.0, 7.0, 28.0)
LAST_EVENTS = (10, 50)


def kernels(past: Past, found: Candidates) -> dict[str, np.ndarray]:
    """Columns by name, each of (pairs,)."""
    corpus, queries, pairs = past.corpus, past.queries, past.pairs
    size = len(corpus.items)
    keys = found.query * size + found.item
    key = np.searchsorted(keys, pairs.query * size + corpus.item[pairs.row])

    def total(weights: np.ndarray) -> np.ndarray:
        return np.log1p(np.bincount(key, weights=weights, minlength=len(keys)))

    age = np.maximum((past.now[pairs.query] - corpus.at[pairs.row]) / MICROSECONDS_A_DAY, 0.0)
    columns = {f"decay_{days:g}d": total(np.exp(-age / days)) for days in DECAY_DAYS}
    columns |= {f"of_last_{n}": total((pairs.lag < n).astype(float)) for n in LAST_EVENTS}
    here = (past.now + queries.offset)[pairs.query]
    there = (corpus.at + corpus.offset)[pairs.row]
    day = np.cos(2 * np.pi * ((here - there) % MICROSECONDS_A_DAY) / MICROSECONDS_A_DAY) - 1.0
    week = np.cos(2 * np.pi * ((here - there) % WEEK) / WEEK) - 1.0
    same_day = (here // MICROSECONDS_A_DAY - there // MICROSECONDS_A_DAY) % 7 == 0
    same_kind = is_weekend(here) == is_weekend(there)
    columns["week_phase"] = total(np.exp(60.0 * week))
    columns["weekday"] = total(same_day.astype(float))
    columns["hour_kind"] = total(np.exp(6.0 * day) * same_kind)
    columns["hour_recent"] = total(np.exp(8.0 * day - age / 14.0))
    columns["hour_narrow"] = total(np.exp(50.0 * day))
    columns |= _successors(past, found, day, age)
    return columns


def _successors(
    past: Past, found: Candidates, day: np.ndarray, age: np.ndarray
) -> dict[str, np.ndarray]:
    """How often the user went to the candidate soon after the current place: within three events,
    and next at a like hour lately.

    `day` and `age` are those of `kernels`, one a pair of `past`.
    """
    corpus, queries, pairs = past.corpus, past.queries, past.pairs
    keys = found.query * len(corpus.items) + found.item
    following = places(corpus).following
    limit = (corpus.start[queries.user] + queries.before)[pairs.query]
    is_here = corpus.item[pairs.row] == past.current[pairs.query]
    soon, like = np.zeros(len(keys)), np.zeros(len(keys))
    after = pairs.row
    for ahead in (1, 2, 3):
        after = np.where(after >= 0, following[after], -1)
        known = is_here & (after >= 0) & (after < limit)
        wanted = pairs.query[known] * len(corpus.items) + corpus.item[after[known]]
        target = np.searchsorted(keys, wanted)
        soon += np.bincount(target, minlength=len(keys)) / ahead
        if ahead == 1:
            weights = np.exp(6.0 * day[known] - age[known] / 28.0)
            like = np.bincount(target, weights=weights, minlength=len(keys)).astype(float)
    return {"soon_after": np.log1p(soon), "successor_like_hour": np.log1p(like)}
