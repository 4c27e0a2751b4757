"""The hot spot drifts in the direction the truth says."""

from __future__ import annotations

import numpy as np

from stevo_dagster.sources.simulator.effects import HOT_SPOT_HOURS, HOT_SPOT_SHARE
from stevo_dagster.sources.simulator.geography import metres_between
from stevo_dagster.sources.simulator.hot_spot import centres, crowd
from stevo_dagster.sources.simulator.plan import DAY_SECONDS
from stevo_dagster.sources.simulator.world import World


def test_crowds_stand_around_the_days_centre(world: World) -> None:
    found = crowd(world.plan, world.venues, world.people)
    day = found.local // DAY_SECONDS
    latitude, longitude = centres(world.plan)
    metres = metres_between(
        latitude[day],
        longitude[day],
        world.venues.latitude[found.item],
        world.venues.longitude[found.item],
    )
    assert np.median(metres) < 900
    last = metres_between(
        latitude[-1],
        longitude[-1],
        world.venues.latitude[found.item],
        world.venues.longitude[found.item],
    )
    thirds = [np.median(last[day // 20 == part]) for part in range(3)]
    assert thirds[0] > thirds[1] > thirds[2]


def test_crowds_come_in_the_evening_in_the_planted_number(world: World) -> None:
    found = crowd(world.plan, world.venues, world.people)
    assert set(found.local % DAY_SECONDS // 3_600) == set(HOT_SPOT_HOURS)
    stays = (world.people.last_day - world.people.first_day + 1).sum()
    assert 0.85 < len(found) / (HOT_SPOT_SHARE * stays) < 1.15
