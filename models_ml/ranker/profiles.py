"""Profiles of places and categories: how they do with everybody, with the user, at this hour.

Here belong counts over all users' events before the question.  The user's own visits of a place are
`kernels`'.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from models_ml.data.corpus import MICROSECONDS_A_DAY, Corpus
from models_ml.data.wide import MICROSECONDS_AN_HOUR, Candidates, previous_codes
from models_ml.ranker.past import Past
from models_ml.ranker.tally import Tally, seen_before

HOURS = 24
WEEK, MONTH = 7 * MICROSECONDS_A_DAY, 28 * MICROSECONDS_A_DAY
YEAR = 365 * MICROSECONDS_A_DAY


def of_places(past: Past, found: Candidates) -> dict[str, np.ndarray]:
    """How the candidate is doing with everybody."""
    corpus, queries, query, item = past.corpus, past.queries, found.query, found.item
    tally = _tallies(corpus)
    seen = queries.seen[query]
    week, month = (seen_before(corpus, queries, span)[query] for span in (WEEK, MONTH))
    visits = tally.place.before(item, seen)
    newest = tally.place.newest(item, seen)
    people = tally.newcomers.before(item, seen)
    hours = _near_hours(past, query)
    at_hour = sum(tally.place_hour.before(item * HOURS + h, seen) for h in hours)
    owner, target, weight = past.after_last_places
    size = len(corpus.items)
    step = np.searchsorted(query * size + item, owner * size + target)
    return {
        "place_visits": np.log1p(visits),
        "place_week": np.log1p(tally.place.before(item, seen, week)),
        "place_month": np.log1p(tally.place.before(item, seen, month)),
        "place_people": np.log1p(people),
        "place_newcomers_month": np.log1p(tally.newcomers.before(item, seen, month)),
        "place_loyalty": people / np.maximum(visits, 1.0),
        "place_idle": np.log1p(
            np.where(newest >= 0, np.maximum(past.now[query] - newest, 0), YEAR)
            / MICROSECONDS_AN_HOUR
        ),
        "place_hour_share": (at_hour + 1.0) / (visits + 8.0),
        "after_last_places": np.log1p(np.bincount(step, weights=weight, minlength=len(item))),
    }


def of_categories(past: Past, found: Candidates) -> dict[str, np.ndarray]:
    """How the candidate's category goes with the user, the current category and the hour."""
    corpus, queries, query = past.corpus, past.queries, found.query
    tally, count = _tallies(corpus), len(corpus.categories)
    category = corpus.item_category[found.item]
    seen = queries.seen[query]
    month = seen_before(corpus, queries, MONTH)[query]
    user = queries.user[query]
    mine = np.where(category >= 0, user * count + category, -1)
    own = tally.own_category.before(mine, seen)
    everybody = tally.category.before(category, seen)
    now = np.where(past.last >= 0, corpus.category[past.last], -1)[query]
    step = np.where((category >= 0) & (now >= 0), now * count + category, -1)
    steps, out = tally.category_step.before(step, seen), tally.category_out.before(now, seen)
    at_hour = sum(
        tally.category_hour.before(np.where(category >= 0, category * HOURS + h, -1), seen)
        for h in _near_hours(past, query)
    )
    events = queries.before[query]
    return {
        "own_category": np.log1p(own),
        "own_category_month": np.log1p(tally.own_category.before(mine, seen, month)),
        "own_category_share": own / np.maximum(events, 1.0),
        "category_lift": np.log((own + 1.0) / (events + 10.0) * (seen + 10.0) / (everybody + 1.0)),
        "category_step_share": steps / np.maximum(out, 1.0),
        "category_hour_share": (at_hour + 1.0) / (everybody + 8.0),
    }


@dataclass(frozen=True, eq=False)
class _Tallies:
    """Everything that is counted over a corpus."""

    place: Tally
    newcomers: Tally
    place_hour: Tally
    category_hour: Tally
    own_category: Tally
    category: Tally
    category_step: Tally
    category_out: Tally


@lru_cache(maxsize=4)
def _tallies(corpus: Corpus) -> _Tallies:
    hour = _hour(corpus.at + corpus.offset)
    count = len(corpus.categories)
    is_first = np.zeros(len(corpus), dtype=bool)
    size = len(corpus.items)
    rows = np.flatnonzero(corpus.item >= 0)
    _, first = np.unique(corpus.user[rows] * size + corpus.item[rows], return_index=True)
    is_first[rows[first]] = True
    known = corpus.category >= 0
    previous = previous_codes(corpus, corpus.category)
    step = np.where(known & (previous >= 0), previous * count + corpus.category, -1)
    return _Tallies(
        place=Tally(corpus, corpus.item),
        newcomers=Tally(corpus, np.where(is_first, corpus.item, -1)),
        place_hour=Tally(corpus, np.where(corpus.item >= 0, corpus.item * HOURS + hour, -1)),
        category_hour=Tally(corpus, np.where(known, corpus.category * HOURS + hour, -1)),
        own_category=Tally(corpus, np.where(known, corpus.user * count + corpus.category, -1)),
        category=Tally(corpus, corpus.category),
        category_step=Tally(corpus, step),
        category_out=Tally(corpus, np.where(step >= 0, previous, -1)),
    )


def _near_hours(past: Past, query: np.ndarray) -> list[np.ndarray]:
    hour = _hour(past.now + past.queries.offset)[query]
    return [(hour + step) % HOURS for step in (-1, 0, 1)]


def _hour(local: np.ndarray) -> np.ndarray:
    """Hour of the day (0..23) of local microseconds."""
    return (local // MICROSECONDS_AN_HOUR) % HOURS
