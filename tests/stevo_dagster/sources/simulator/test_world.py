"""The whole city: order, days, and that parts depend on the seed alone."""

from __future__ import annotations

import numpy as np

from stevo_dagster.sources.simulator.calendar import utc_window
from stevo_dagster.sources.simulator.draft import CHECK_IN
from stevo_dagster.sources.simulator.events import PERSON
from stevo_dagster.sources.simulator.people import KINDS
from stevo_dagster.sources.simulator.plan import DAY_SECONDS, make_plan
from stevo_dagster.sources.simulator.world import World, build_world


def test_events_are_in_order_and_fill_every_utc_day(world: World) -> None:
    first, end = utc_window(world.plan)
    at = world.events.at
    assert (np.diff(at) >= 0).all()
    assert first <= at[0] and at[-1] < end
    per_day = np.bincount((at - first) // DAY_SECONDS)
    assert len(per_day) == world.plan.days
    assert per_day.min() > 0.4 * np.median(per_day)


def test_most_visits_are_at_the_exact_point_of_their_venue(world: World) -> None:
    events = world.events
    visits = events.take((events.kind == CHECK_IN) & (events.origin == PERSON))
    exact = world.venues.latitude[visits.item] == visits.latitude
    assert 0.85 < exact.mean() < 0.97


def test_communities_meet_among_themselves(world: World) -> None:
    """At most venues, one kind makes more than half of the visits."""
    events = world.events.take((world.events.kind == CHECK_IN) & (world.events.origin == PERSON))
    counts = np.zeros((len(world.venues), len(KINDS)))
    np.add.at(counts, (events.item, world.people.kind[events.person]), 1)
    visited = counts[counts.sum(axis=1) >= 20]
    assert (visited.max(axis=1) / visited.sum(axis=1) > 0.5).mean() > 0.7


def test_tourists_are_seen_only_while_they_stay(world: World) -> None:
    people = world.people
    tourist = np.flatnonzero(people.kind == len(KINDS) - 1)[0]
    first, _ = utc_window(world.plan)
    days = (world.events.at[world.events.person == tourist] - first) // DAY_SECONDS
    assert len(days)
    # Reviews follow up to three days after, and local days start one before UTC days.
    assert people.first_day[tourist] - 2 <= days.min()
    assert days.max() <= people.last_day[tourist] + 4


def test_another_seed_is_another_city() -> None:
    worlds = [
        build_world(make_plan(20, 5, seed, "2024-10-10", False, "new_york")) for seed in (1, 2)
    ]
    assert worlds[0].events.at.tolist() != worlds[1].events.at.tolist()
