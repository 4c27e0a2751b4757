"""Venues: enough of each kind, on land, and unevenly popular."""

from __future__ import annotations

import numpy as np
import pytest

from stevo_dagster.sources.simulator.city import (
    CATEGORIES,
    EVENT,
    HOME,
    HOT_SPOT_FROM,
    HOT_SPOT_TO,
    MALL,
    MALL_DISTRICTS,
    SHARES,
    build_venues,
)
from stevo_dagster.sources.simulator.geography import is_land, metres_between
from stevo_dagster.sources.simulator.plan import make_plan
from stevo_dagster.sources.simulator.world import World


def test_every_category_is_in_every_district(world: World) -> None:
    for name in SHARES:
        for district in range(len(world.plan.city.districts)):
            found = world.venues.of(name, (district,))
            assert (world.venues.district[found] == district).all()


def test_venues_are_on_land(world: World) -> None:
    assert is_land(world.plan.city, world.venues.latitude, world.venues.longitude).all()


def test_the_demo_city_has_some_hundred_venues() -> None:
    venues = build_venues(make_plan(300, 60, 7, "2024-10-10", False, "new_york"))
    assert 400 <= len(venues) <= 800
    assert len(venues.of(HOME)) == 150
    assert len(venues.of(MALL)) == len(MALL_DISTRICTS)


def test_popularity_falls_as_one_over_rank(world: World) -> None:
    weight = np.sort(world.venues.popularity[world.venues.of("restaurant")])[::-1]
    assert weight.tolist() == pytest.approx((1 / np.arange(1, len(weight) + 1)).tolist())


def test_popularity_is_flat_in_a_null_city(null_world: World) -> None:
    assert set(null_world.venues.popularity) == {1.0}


def test_picks_follow_popularity(world: World) -> None:
    rng = np.random.default_rng(1)
    drawn = world.venues.pick(rng, "bar", (), (5_000,))
    bars = world.venues.of("bar")
    most_drawn = np.bincount(drawn, minlength=len(world.venues))[bars].argmax()
    assert most_drawn == world.venues.popularity[bars].argmax()


def test_distinct_picks_repeat_only_where_venues_are_too_few(world: World) -> None:
    rng = np.random.default_rng(1)
    bars = world.venues.pick_distinct(rng, "bar", (2, 4), 500, 2)
    assert (bars[:, 0] != bars[:, 1]).all()
    favourite = world.venues.popularity[bars].mean(axis=0)
    assert favourite[0] > favourite[1]
    assert world.venues.pick_distinct(rng, MALL, (0,), 3, 4).shape == (3, 4)


def test_event_spaces_lie_between_the_ends_of_the_drift(world: World) -> None:
    start = world.plan.city.districts[HOT_SPOT_FROM]
    end = world.plan.city.districts[HOT_SPOT_TO]
    spaces = world.venues.of(EVENT)
    latitude, longitude = world.venues.latitude[spaces], world.venues.longitude[spaces]
    there = metres_between(start.latitude, start.longitude, latitude, longitude)
    back = metres_between(end.latitude, end.longitude, latitude, longitude)
    whole = metres_between(
        *(np.array([v]) for v in (start.latitude, start.longitude, end.latitude, end.longitude))
    )
    assert (there + back < whole[0] + 1_200).all()
    assert len(CATEGORIES) == len(set(CATEGORIES))
