"""Daily rounds: timetables, habits that predict, mall hours."""

from __future__ import annotations

import numpy as np
import pytest

from stevo_dagster.sources.simulator.city import CATEGORIES, MALL
from stevo_dagster.sources.simulator.draft import Draft
from stevo_dagster.sources.simulator.effects import MALL_PEAK_HOURS
from stevo_dagster.sources.simulator.people import KINDS, ROLES
from stevo_dagster.sources.simulator.plan import DAY_SECONDS
from stevo_dagster.sources.simulator.schedule import TIMETABLES, visits
from stevo_dagster.sources.simulator.world import World


@pytest.fixture(scope="module")
def rounds(world: World) -> Draft:
    return visits(world.plan, world.venues, world.people, world.calendar)


def test_every_kind_has_a_timetable_of_known_roles() -> None:
    assert set(TIMETABLES) == {kind.name for kind in KINDS}
    assert {stop.role for stops in TIMETABLES.values() for stop in stops} <= set(ROLES)


def test_malls_fill_at_their_peak_hours(world: World, rounds: Draft) -> None:
    at_mall = world.venues.category[rounds.item] == CATEGORIES.index(MALL)
    hour = rounds.local[at_mall] % DAY_SECONDS // 3_600
    assert np.isin(hour, MALL_PEAK_HOURS).mean() > 0.85


def test_commuters_work_on_working_days(world: World, rounds: Draft) -> None:
    commuters = world.people.kind[rounds.person] == 0
    works = commuters & (world.venues.category[rounds.item] == CATEGORIES.index("office"))
    is_off = world.calendar.is_off[rounds.local[works] // DAY_SECONDS]
    assert is_off.mean() < 0.05


def test_the_coffee_shop_tells_where_lunch_will_be(world: World, rounds: Draft) -> None:
    """The mood of a day: knowing the morning's slot beats the most frequent one."""
    coffee, lunch = (_slot_of_day(world, rounds, role) for role in ("coffee", "lunch"))
    both = (coffee >= 0) & (lunch >= 0)
    same = (coffee == lunch)[both].mean()
    most_frequent = np.bincount(lunch[both]).max() / both.sum()
    assert both.sum() > 300
    assert same > most_frequent + 0.1


def _slot_of_day(world: World, rounds: Draft, role: str) -> np.ndarray:
    """(p, d) first slot whose venue was visited that day, -1 for none; commuters alone."""
    places = world.people.places[:, ROLES.index(role)]
    category = CATEGORIES.index("coffee_shop" if role == "coffee" else "restaurant")
    low, high = (6, 11) if role == "coffee" else (11.5, 14)
    hour = rounds.local % DAY_SECONDS / 3_600
    rows = np.flatnonzero(
        (world.venues.category[rounds.item] == category)
        & (world.people.kind[rounds.person] == 0)
        & (low <= hour)
        & (hour < high)
    )
    found = np.full((len(world.people), world.plan.local_days), -1)
    for row in rows:
        person, day = rounds.person[row], rounds.local[row] // DAY_SECONDS
        slots = np.flatnonzero(places[person] == rounds.item[row])
        if len(slots):
            found[person, day] = slots[0]
    return found


def test_the_weekday_tells_the_bar(world: World, rounds: Draft) -> None:
    at_bar = world.venues.category[rounds.item] == CATEGORIES.index("bar")
    person, item = rounds.person[at_bar], rounds.item[at_bar]
    # Night owls go on after midnight: the day of the round is that of six hours before.
    weekday = world.calendar.weekday[(rounds.local[at_bar] - 6 * 3_600) // DAY_SECONDS]
    slot = world.people.weekday_slot[person, ROLES.index("bar"), weekday]
    habit = world.people.places[person, ROLES.index("bar"), slot]
    assert (habit == item).mean() > 0.8
