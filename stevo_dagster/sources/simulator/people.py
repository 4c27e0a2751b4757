"""People: kinds with places of their own, and each person's anchors and habits.

Belongs here: who lives, works and plays where, and how strong habits are. Does not belong here:
when they move (`schedule.py`) or shop (`funnel.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stevo_dagster.sources.simulator.city import HOME, SHOPS, Venues
from stevo_dagster.sources.simulator.plan import Plan

SLOTS = 4
SLOT_WEIGHTS = (0.44, 0.28, 0.17, 0.11)
SHOPS_PER_INTEREST = 3
SHARE_OF_DRIFTERS = 0.25


@dataclass(frozen=True)
class Kind:
    """A community: its share of the people, its districts, and what its work place is."""

    name: str
    share: float
    homes: tuple[int, ...]
    works: tuple[int, ...]
    plays: tuple[int, ...]
    work_category: str
    intents_per_day: float


KINDS = (
    Kind("commuter", 0.38, (8, 9), (0, 1), (7, 8), "office", 0.62),
    Kind("student", 0.20, (3, 10), (3,), (3, 10), "university", 0.75),
    Kind("night_owl", 0.15, (4, 2), (2,), (2, 4), "restaurant", 0.60),
    Kind("local", 0.17, (5, 6), (6,), (5, 6), "supermarket", 0.55),
    Kind("tourist", 0.10, (0, 11), (11,), (0, 11), "museum", 1.00),
)
ROLES = ("home", "work", "coffee", "lunch", "dinner", "bar", "gym", "park", "mall")
_ROLE_CATEGORY = {
    "coffee": "coffee_shop",
    "lunch": "restaurant",
    "dinner": "restaurant",
    "bar": "bar",
    "gym": "gym",
    "park": "park",
    "mall": "mall",
}


@dataclass(frozen=True)
class People:
    """Everyone; p people, R roles, SLOTS places a role.

    Attributes:
        kind: (p,) index into KINDS.
        places: (p, R, SLOTS) venue of each slot.
        weekday_slot: (p, R, 7) the slot a person's habit gives each weekday.
        chronotype: (p,) minutes everything happens later.
        diligence: (p,) factor on how often a visit is checked in.
        interest, next_interest: (p,) index into SHOPS before and after the switch.
        switch_day: (p,) local day index of the switch, past the end for most.
        shops: (p, len(SHOPS), SHOPS_PER_INTEREST) favourite shops.
        first_day, last_day: (p,) local day indexes between which a person is in the city.
    """

    kind: np.ndarray
    places: np.ndarray
    weekday_slot: np.ndarray
    chronotype: np.ndarray
    diligence: np.ndarray
    interest: np.ndarray
    next_interest: np.ndarray
    switch_day: np.ndarray
    shops: np.ndarray
    first_day: np.ndarray
    last_day: np.ndarray

    def __len__(self) -> int:
        return len(self.kind)


def role_category(kind: Kind, role: str) -> str:
    """Category of the venues a kind uses for a role."""
    if role == "home":
        return HOME
    return kind.work_category if role == "work" else _ROLE_CATEGORY[role]


def role_districts(kind: Kind, role: str) -> tuple[int, ...]:
    """Districts a kind looks for a role's venues in: coffee and lunch are had near work."""
    if role == "home":
        return kind.homes
    return kind.works if role in ("work", "coffee", "lunch") else kind.plays


def build_people(plan: Plan, venues: Venues) -> People:
    """Draw everyone's kind, anchors and habits."""
    rng = plan.random("people")
    count = plan.people
    factor = plan.life.kinds
    share = np.array([kind.share * factor.get(kind.name, 1.0) for kind in KINDS])
    kind = np.sort(rng.choice(len(KINDS), count, p=share / share.sum()))
    kind = rng.permutation(kind)
    interest = rng.integers(0, len(SHOPS), count)
    turn = rng.integers(1, len(SHOPS), count)
    drifts = rng.random(count) < SHARE_OF_DRIFTERS
    first_day, last_day = _stays(rng, plan, kind)
    return People(
        kind=kind,
        places=_places(rng, venues, kind),
        weekday_slot=rng.choice(SLOTS, (count, len(ROLES), 7), p=SLOT_WEIGHTS),
        chronotype=rng.normal(0, 25, count),
        diligence=np.clip(rng.lognormal(0, 0.25, count), 0.4, 1.6),
        interest=interest,
        next_interest=(interest + turn) % len(SHOPS),
        switch_day=np.where(drifts, plan.local_days // 2, plan.local_days + 1),
        shops=_shops(rng, venues, kind),
        first_day=first_day,
        last_day=last_day,
    )


def _stays(rng: np.random.Generator, plan: Plan, kind: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Tourists stay 5 to 14 days, everyone else throughout."""
    count, days = len(kind), plan.local_days
    is_tourist = kind == len(KINDS) - 1
    length = np.minimum(rng.integers(5, 15, count), days)
    arrival = rng.integers(0, np.maximum(days - length + 1, 1))
    first = np.where(is_tourist, arrival, 0)
    return first, np.where(is_tourist, arrival + length - 1, days - 1)


def _places(rng: np.random.Generator, venues: Venues, kind: np.ndarray) -> np.ndarray:
    places = np.zeros((len(kind), len(ROLES), SLOTS), dtype=np.int64)
    for index, one in enumerate(KINDS):
        rows = np.flatnonzero(kind == index)
        for role_index, role in enumerate(ROLES):
            category, districts = role_category(one, role), role_districts(one, role)
            if role == "home":
                homes = rng.permutation(venues.of(category, districts))
                chosen = np.repeat(homes[np.arange(len(rows)) % len(homes)], SLOTS)
                places[rows, role_index] = chosen.reshape(len(rows), SLOTS)
            else:
                drawn = venues.pick_distinct(rng, category, districts, len(rows), SLOTS)
                places[rows, role_index] = drawn
    places[:, ROLES.index("work"), 1:] = places[:, ROLES.index("work"), :1]
    return places


def _shops(rng: np.random.Generator, venues: Venues, kind: np.ndarray) -> np.ndarray:
    shops = np.zeros((len(kind), len(SHOPS), SHOPS_PER_INTEREST), dtype=np.int64)
    for index, one in enumerate(KINDS):
        rows = np.flatnonzero(kind == index)
        for shop_index, name in enumerate(SHOPS):
            shops[rows, shop_index] = venues.pick_distinct(
                rng, name, one.plays, len(rows), SHOPS_PER_INTEREST
            )
    return shops
