"""What is asked of one simulated city: sizes, seed, first day, place.

Belongs here: the parameters and their limits. Does not belong here: effects drawn from the seed
(`effects.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from stevo_dagster.errors import StevoError
from stevo_dagster.sources.simulator.geography import CITIES, City
from stevo_dagster.sources.simulator.life import USUAL, Life, life_of

MIN_DAY, MAX_DAY = date(1990, 1, 2), date(2099, 12, 30)
MAX_PEOPLE = 1_000_000
DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Plan:
    """One city to simulate.

    Args:
        people: number of people, bots not counted.
        days: number of whole UTC days with events.
        seed: everything drawn follows from it.
        start: first UTC day.
        is_null: plant nothing: flat in time and space, all events independent.
        city: where it is.
        life: how its people live.

    Raises:
        StevoError: a number is out of its limits.
    """

    people: int
    days: int
    seed: int
    start: date
    is_null: bool
    city: City
    life: Life = USUAL

    def __post_init__(self) -> None:
        _limit("people", self.people, 1, MAX_PEOPLE)
        _limit("days", self.days, 1, 3660)
        _limit("seed", self.seed, 0, 2**63 - 1)
        if not (self.start >= MIN_DAY and self.start + timedelta(days=self.days) <= MAX_DAY):
            raise StevoError(
                f"the days {self.start} and the {self.days - 1} after it leave the known range",
                where="--start, --days",
                fix=f"stay between {MIN_DAY} and {MAX_DAY}",
            )

    @property
    def local_start(self) -> date:
        """First local day simulated: one earlier, so that the first UTC day is whole."""
        return self.start - timedelta(days=1)

    @property
    def local_days(self) -> int:
        """Local days simulated: enough to cover every UTC day from both sides."""
        return self.days + 2

    def random(self, part: str) -> np.random.Generator:
        """The part's own generator, so that a change in one part leaves the others' draws."""
        return np.random.default_rng([self.seed, *part.encode()])


def make_plan(
    people: int,
    days: int,
    seed: int,
    start: str | date,
    null: bool,
    city: str,
    life: str = USUAL.name,
) -> Plan:
    """A plan from what a caller writes; `start` as YYYY-MM-DD.

    Raises:
        StevoError: the day is no day, the city or life unknown, or a number out of its limits.
    """
    if city not in CITIES:
        raise StevoError(
            f"no city is called {city!r}", where="city", fix=f"use one of {', '.join(CITIES)}"
        )
    return Plan(people, days, seed, parse_day(start), null, CITIES[city], life_of(life))


def parse_day(text: str | date) -> date:
    """A day from YYYY-MM-DD."""
    if isinstance(text, date):
        return text
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise StevoError(
            f"{text!r} is no day", where="--start", fix="write it as 2024-10-10"
        ) from error


def _limit(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise StevoError(
            f"{name} is {value}", where=f"--{name}", fix=f"give a number from {low} to {high}"
        )
