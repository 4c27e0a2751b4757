"""What the ranker's trees are told of each (question, candidate place).

Here belong the list of features, distances, and what all candidates of a question share.  Others
are `wide`'s, `kernels`' and `profiles`', all from events strictly before the question, so that no
statistic counts its own target.  The trees are `model`'s.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models_ml.data import wide
from models_ml.data.corpus import MICROSECONDS_A_DAY, Corpus, Queries
from models_ml.data.sequences import haversine_m
from models_ml.data.wide import MICROSECONDS_AN_HOUR, Candidates, is_weekend
from models_ml.ranker.kernels import kernels
from models_ml.ranker.nearby import nearby
from models_ml.ranker.past import Past
from models_ml.ranker.profiles import of_categories, of_places
from models_ml.ranker.proposals import propose

EXPLORED = 20
# By the function that makes them, in the order of the columns.
GROUPS: dict[str, tuple[str, ...]] = {
    "counts": wide.NAMES,
    "kernels": (
        "decay_0.25d",
        "decay_1d",
        "decay_3d",
        "decay_7d",
        "decay_28d",
        "of_last_10",
        "of_last_50",
        "week_phase",
        "weekday",
        "hour_kind",
        "hour_recent",
        "hour_narrow",
        "soon_after",
        "successor_like_hour",
    ),
    "place": (
        "place_visits",
        "place_week",
        "place_month",
        "place_people",
        "place_newcomers_month",
        "place_loyalty",
        "place_idle",
        "place_hour_share",
        "after_last_places",
    ),
    "category": (
        "own_category",
        "own_category_month",
        "own_category_share",
        "category_lift",
        "category_step_share",
        "category_hour_share",
    ),
    "space": (
        "from_home",
        "from_previous",
    ),
    "nearby": (
        "visits_near",
        "visits_around",
        "nearest_known",
    ),
    "question": (
        "events",
        "variety",
        "variety_lately",
        "hour_sin",
        "hour_cos",
        "weekend",
        "since_last",
        "last_gap",
        "current_visits",
    ),
}
NAMES = tuple(name for group in GROUPS.values() for name in group)


def describe(corpus: Corpus, queries: Queries, around: np.ndarray) -> Candidates:
    """Candidates of a batch of questions with all features: `features[p]` is (len(NAMES),) float32.

    `around` is that of `Surroundings.codes`; entries are sorted by question, then place code.
    """
    past = Past(corpus, queries)
    found = wide.candidates(corpus, queries, propose(past, around))
    columns = {
        **kernels(past, found),
        **of_places(past, found),
        **of_categories(past, found),
        **_space(past, found),
        **nearby(past, found),
        **_question(past, found),
    }
    more = np.stack([columns[name] for name in NAMES[len(wide.NAMES) :]], axis=1)
    features = np.concatenate([found.features, more.astype(np.float32)], axis=1)
    return replace(found, features=features)


def _space(past: Past, found: Candidates) -> dict[str, np.ndarray]:
    """Kilometres (log) from home, from the place before the current one; NaN where unknown."""
    corpus = past.corpus

    def away(place: np.ndarray) -> np.ndarray:
        here = place[found.query]
        metres = haversine_m(
            corpus.item_latitude[here],
            corpus.item_longitude[here],
            corpus.item_latitude[found.item],
            corpus.item_longitude[found.item],
        )
        return np.log1p(np.where(here >= 0, metres, np.nan) / 1_000.0)

    return {"from_home": away(past.home), "from_previous": away(past.recent[:, 1])}


def _question(past: Past, found: Candidates) -> dict[str, np.ndarray]:
    """What is the same for all candidates of a question, for the trees to split by."""
    corpus, queries, pairs = past.corpus, past.queries, past.pairs
    count = len(queries)
    size = len(corpus.items)
    keys = np.unique(pairs.query * size + corpus.item[pairs.row])
    events = np.bincount(pairs.query, minlength=count).astype(float)
    distinct = np.bincount(keys // size, minlength=count).astype(float)
    near = pairs.lag < EXPLORED
    recent = np.unique(pairs.query[near] * size + corpus.item[pairs.row[near]])
    lately = np.bincount(recent // size, minlength=count) / np.minimum(
        np.maximum(events, 1), EXPLORED
    )
    local = past.now + queries.offset
    hour = 2 * np.pi * (local % MICROSECONDS_A_DAY) / MICROSECONDS_A_DAY
    since = np.where(past.last >= 0, past.now - corpus.at[past.last], 0) / MICROSECONDS_AN_HOUR
    before_last = past.last - 1
    has_two = (past.last >= 0) & (queries.before > 1)
    gap = np.where(has_two, corpus.at[past.last] - corpus.at[before_last], 0) / MICROSECONDS_AN_HOUR
    columns = {
        "events": np.log1p(events),
        "variety": distinct / np.maximum(events, 1.0),
        "variety_lately": lately,
        "hour_sin": np.sin(hour),
        "hour_cos": np.cos(hour),
        "weekend": is_weekend(local).astype(float),
        "since_last": np.log1p(np.maximum(since, 0.0)),
        "last_gap": np.log1p(np.maximum(gap, 0.0)),
        "current_visits": np.log1p(_visits_of_current(past)),
    }
    return {name: values[found.query] for name, values in columns.items()}


def _visits_of_current(past: Past) -> np.ndarray:
    same = past.corpus.item[past.pairs.row] == past.current[past.pairs.query]
    return np.bincount(past.pairs.query[same], minlength=len(past.queries)).astype(float)
