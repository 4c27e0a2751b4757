"""Daily rounds: which places a person goes to on a day, and when.

Belongs here: timetables of the kinds and the choice among a person's places. Does not belong here:
shopping (`funnel.py`), the hot spot (`hot_spot.py`), or whether a move is possible (`physics.py`).

Three habits give a sequence model more to learn than visit counts: stops follow one another by the
timetable; a day's mood picks coffee, lunch and dinner together, so the coffee shop tells the later
places; and gym, bar, park and mall hang on the weekday.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stevo_dagster.sources.simulator.calendar import Calendar
from stevo_dagster.sources.simulator.city import MALL, Venues
from stevo_dagster.sources.simulator.draft import CHECK_IN, Draft, draft, join
from stevo_dagster.sources.simulator.effects import HOLIDAY_UPLIFT, MALL_PEAK_HOURS
from stevo_dagster.sources.simulator.life import Life
from stevo_dagster.sources.simulator.people import (
    KINDS,
    ROLES,
    SLOT_WEIGHTS,
    SLOTS,
    People,
    role_category,
    role_districts,
)
from stevo_dagster.sources.simulator.plan import DAY_SECONDS, Plan

MOOD_ROLES = ("coffee", "lunch", "dinner")


@dataclass(frozen=True)
class Stop:
    """A stop of a timetable: local hour, spread in minutes, chance on working and free days."""

    role: str
    hour: float
    spread: float
    working: float
    free: float
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)


TIMETABLES = {
    "commuter": (
        Stop("coffee", 8.1, 8, 0.62, 0.10),
        Stop("work", 8.9, 8, 0.80, 0.04),
        Stop("lunch", 12.6, 12, 0.46, 0.12),
        Stop("gym", 18.3, 15, 0.70, 0.05, (1, 3)),
        Stop("dinner", 19.2, 20, 0.22, 0.38),
        Stop("bar", 21.0, 30, 0.62, 0.40, (4, 5)),
        Stop("park", 10.8, 40, 0.01, 0.34),
        Stop("home", 22.6, 30, 0.34, 0.42),
    ),
    "student": (
        Stop("coffee", 9.2, 15, 0.42, 0.20),
        Stop("work", 10.0, 15, 0.72, 0.12),
        Stop("lunch", 13.0, 15, 0.55, 0.20),
        Stop("gym", 17.0, 20, 0.50, 0.10, (0, 2, 4)),
        Stop("dinner", 19.6, 25, 0.28, 0.30),
        Stop("bar", 22.0, 35, 0.50, 0.50, (3, 4, 5)),
        Stop("home", 23.2, 25, 0.30, 0.36),
    ),
    "night_owl": (
        Stop("coffee", 12.6, 20, 0.50, 0.50),
        Stop("gym", 14.2, 25, 0.32, 0.32, (0, 3)),
        Stop("work", 16.2, 12, 0.76, 0.60),
        Stop("dinner", 20.8, 20, 0.34, 0.40),
        Stop("bar", 24.2, 35, 0.52, 0.66),
        Stop("home", 26.6, 25, 0.40, 0.40),
    ),
    "local": (
        Stop("park", 8.6, 25, 0.46, 0.56),
        Stop("coffee", 10.2, 15, 0.48, 0.52),
        Stop("work", 11.4, 25, 0.46, 0.40),
        Stop("lunch", 13.2, 15, 0.24, 0.36),
        Stop("home", 15.0, 30, 0.36, 0.34),
        Stop("dinner", 18.6, 20, 0.22, 0.34, (2, 4, 6)),
    ),
    "tourist": (
        Stop("coffee", 9.4, 20, 0.70, 0.70),
        Stop("work", 10.6, 20, 0.80, 0.80),
        Stop("lunch", 13.0, 20, 0.66, 0.66),
        Stop("park", 15.0, 30, 0.60, 0.60),
        Stop("dinner", 19.4, 25, 0.66, 0.66),
        Stop("bar", 21.6, 30, 0.40, 0.50),
        Stop("home", 23.3, 20, 0.50, 0.50),
    ),
}
MALL_WORKING, MALL_FREE = 0.24, 0.42
MALL_OFF_PEAK_SHARE = 0.15
MALL_OPENS, MALL_CLOSES = 10, 22
MALL_VISIT = Stop("mall", MALL_PEAK_HOURS[0], 0, MALL_WORKING, MALL_FREE)


def visits(plan: Plan, venues: Venues, people: People, calendar: Calendar) -> Draft:
    """Check-ins of everyone's daily rounds, in no order."""
    rng = plan.random("schedule")
    shape = (len(people), len(calendar.weekday))
    mood = rng.choice(SLOTS, shape, p=SLOT_WEIGHTS)
    late = rng.normal(0, 15, shape) + people.chronotype[:, None]
    parts = []
    for index, kind in enumerate(KINDS):
        rows = np.flatnonzero(people.kind == index)
        for stop in (*TIMETABLES[kind.name], MALL_VISIT):
            who, day = _who_goes(rng, plan.life, people, calendar, rows, stop)
            minute = _minutes(rng, stop, late[who, day])
            place = _places(
                rng, plan.life, venues, people, index, stop.role, who, day, mood, calendar
            )
            parts.append(draft(who, CHECK_IN, _seconds(rng, day, minute), place))
    return join(parts)


def _who_goes(
    rng: np.random.Generator,
    life: Life,
    people: People,
    calendar: Calendar,
    rows: np.ndarray,
    stop: Stop,
) -> tuple[np.ndarray, np.ndarray]:
    """People and days on which a stop is made."""
    chance = np.where(calendar.is_off, stop.free, stop.working)
    chance = chance * np.isin(calendar.weekday, stop.weekdays)
    chance = chance * np.where(calendar.is_holiday, HOLIDAY_UPLIFT, 1.0)
    wanted = life.visits * people.diligence[rows, None] * chance[None, :]
    who, day = np.nonzero(rng.random(wanted.shape) < np.minimum(wanted, 0.97))
    person = rows[who]
    is_here = (people.first_day[person] <= day) & (day <= people.last_day[person])
    return person[is_here], day[is_here]


def _minutes(rng: np.random.Generator, stop: Stop, late: np.ndarray) -> np.ndarray:
    """Minutes after local midnight; malls fill in their peak hours, whoever comes."""
    if stop.role != MALL:
        return stop.hour * 60 + late + rng.normal(0, stop.spread, len(late))
    peak = rng.uniform(MALL_PEAK_HOURS[0] * 60, (MALL_PEAK_HOURS[-1] + 1) * 60, len(late))
    other = rng.uniform(MALL_OPENS * 60, MALL_CLOSES * 60, len(late))
    return np.where(rng.random(len(late)) < MALL_OFF_PEAK_SHARE, other, peak)


def _seconds(rng: np.random.Generator, day: np.ndarray, minute: np.ndarray) -> np.ndarray:
    second = np.rint(minute * 60 + rng.uniform(-30, 30, len(minute))).astype(np.int64)
    return day * DAY_SECONDS + second


def _places(
    rng: np.random.Generator,
    life: Life,
    venues: Venues,
    people: People,
    kind: int,
    role: str,
    who: np.ndarray,
    day: np.ndarray,
    mood: np.ndarray,
    calendar: Calendar,
) -> np.ndarray:
    """The venue of each visit: by habit, by another of the person's slots, or somewhere new."""
    role_index = ROLES.index(role)
    if role in MOOD_ROLES:
        habit = mood[who, day]
    else:
        habit = people.weekday_slot[who, role_index, calendar.weekday[day]]
    other = rng.choice(SLOTS, len(who), p=SLOT_WEIGHTS)
    slot = np.where(rng.random(len(who)) < life.habit_share, habit, other)
    place = people.places[who, role_index, slot]
    if role in ("home", "work"):
        return place
    is_new = np.flatnonzero(rng.random(len(who)) < life.explore_share)
    one = KINDS[kind]
    districts = role_districts(one, role)
    place[is_new] = venues.pick(rng, role_category(one, role), districts, (len(is_new),))
    return place
