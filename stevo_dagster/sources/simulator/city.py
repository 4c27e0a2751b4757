"""Venues: what there is in the city, where, and how popular.

Belongs here: categories, positions, popularity. Does not belong here: who goes there
(`people.py`, `schedule.py`, `funnel.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from stevo_dagster.sources.simulator.geography import is_land, scatter, shift
from stevo_dagster.sources.simulator.plan import Plan

# Share of the venues beyond the first of each category in each district.
SHARES = {
    "office": 14,
    "university": 2,
    "coffee_shop": 12,
    "restaurant": 16,
    "bar": 9,
    "gym": 4,
    "park": 4,
    "museum": 3,
    "supermarket": 5,
    "clothing": 6,
    "electronics": 4,
    "books": 4,
    "cosmetics": 4,
    "sports": 4,
}
SHOPS = ("clothing", "electronics", "books", "cosmetics", "sports")
HOME, MALL, EVENT = "home", "mall", "event_space"
CATEGORIES = (*SHARES, MALL, EVENT, HOME)
MALL_DISTRICTS = (0, 6, 8, 10)
HOT_SPOT_FROM, HOT_SPOT_TO = 4, 8  # districts the drifting hot spot starts and ends in
EVENT_SPACES = 24
PEOPLE_PER_HOME = 2
HOME_SPREAD_METRES, SPREAD_METRES = 1_500.0, 700.0


@dataclass(frozen=True)
class Venues:
    """All venues, arrays of shape (n,): index into CATEGORIES, district, degrees, weight."""

    category: np.ndarray
    district: np.ndarray
    latitude: np.ndarray
    longitude: np.ndarray
    popularity: np.ndarray
    _found: dict[tuple[str, tuple[int, ...]], np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.category)

    def of(self, category: str, districts: tuple[int, ...] = ()) -> np.ndarray:
        """Venues of a category in the districts, or anywhere if there are none in them."""
        key = (category, districts)
        if key not in self._found:
            anywhere = np.flatnonzero(self.category == CATEGORIES.index(category))
            here = anywhere[np.isin(self.district[anywhere], districts)]
            self._found[key] = here if len(here) else anywhere
        return self._found[key]

    def pick(
        self, rng: np.random.Generator, category: str, districts: tuple[int, ...], shape: tuple
    ) -> np.ndarray:
        """Venues drawn by popularity, of any shape."""
        candidates = self.of(category, districts)
        weight = self.popularity[candidates]
        return rng.choice(candidates, shape, p=weight / weight.sum())

    def pick_distinct(
        self,
        rng: np.random.Generator,
        category: str,
        districts: tuple[int, ...],
        rows: int,
        count: int,
    ) -> np.ndarray:
        """`count` venues a row by popularity, no two the same unless there are too few.

        The largest of log weight + Gumbel noise are a draw without replacement. Shape
        (rows, count).
        """
        candidates = self.of(category, districts)
        noise = rng.gumbel(size=(rows, len(candidates)))
        best_first = np.argsort(-(np.log(self.popularity[candidates]) + noise), axis=1)
        return candidates[best_first[:, np.arange(count) % len(candidates)]]


def build_venues(plan: Plan) -> Venues:
    """The venues of a city: more people, more venues, but not in proportion."""
    rng = plan.random("city")
    category, district = _kinds(rng, plan)
    is_home = category == CATEGORIES.index(HOME)
    latitude, longitude = np.zeros(len(category)), np.zeros(len(category))
    for mask, metres in ((is_home, HOME_SPREAD_METRES), (~is_home, SPREAD_METRES)):
        rows = np.flatnonzero(mask)
        latitude[rows], longitude[rows] = scatter(plan.city, rng, district[rows], metres)
    events = np.flatnonzero(category == CATEGORIES.index(EVENT))
    latitude[events], longitude[events] = _along_the_drift(rng, plan, len(events))
    popularity = np.ones(len(category)) if plan.is_null else _zipf(rng, category)
    return Venues(category, district, latitude, longitude, popularity)


def _kinds(rng: np.random.Generator, plan: Plan) -> tuple[np.ndarray, np.ndarray]:
    """Category and district of each venue."""
    districts = len(plan.city.districts)
    names = list(SHARES)
    one_each = [(CATEGORIES.index(name), place) for name in names for place in range(districts)]
    more = max(0, int(25 * plan.life.venues * np.sqrt(plan.people)) - len(one_each))
    share = np.array(list(SHARES.values()), dtype=float)
    extra = rng.choice(len(names), more, p=share / share.sum())
    homes = -(-plan.people // PEOPLE_PER_HOME)
    fixed = [(CATEGORIES.index(MALL), place) for place in MALL_DISTRICTS]
    fixed += [(CATEGORIES.index(EVENT), HOT_SPOT_FROM)] * EVENT_SPACES
    known = np.array([*one_each, *fixed])
    home = np.full(homes, CATEGORIES.index(HOME))
    category = np.concatenate([known[:, 0], extra, home])
    # Homes come in turn, so that every district has some however few people there are.
    district = np.concatenate(
        [known[:, 1], rng.integers(0, districts, more), np.arange(homes) % districts]
    )
    return category, district


def _along_the_drift(
    rng: np.random.Generator, plan: Plan, count: int
) -> tuple[np.ndarray, np.ndarray]:
    start, end = plan.city.districts[HOT_SPOT_FROM], plan.city.districts[HOT_SPOT_TO]
    part = np.linspace(0, 1, count)
    latitude = start.latitude + part * (end.latitude - start.latitude)
    longitude = start.longitude + part * (end.longitude - start.longitude)
    north, east = rng.normal(0, 120, (2, count))
    moved = shift(latitude, longitude, north, east)
    wet = ~is_land(plan.city, *moved)
    return (
        np.round(np.where(wet, latitude, moved[0]), 6),
        np.round(np.where(wet, longitude, moved[1]), 6),
    )


def _zipf(rng: np.random.Generator, category: np.ndarray) -> np.ndarray:
    """Weight 1/rank inside each category, ranks by chance."""
    popularity = np.zeros(len(category))
    for index in np.unique(category):
        rows = np.flatnonzero(category == index)
        popularity[rows] = 1.0 / (1.0 + rng.permutation(len(rows)))
    return popularity
