"""People: kinds, anchors and habits."""

from __future__ import annotations

import numpy as np
import pytest

from stevo_dagster.sources.simulator.city import CATEGORIES, HOME, SHOPS, build_venues
from stevo_dagster.sources.simulator.people import (
    KINDS,
    ROLES,
    build_people,
    role_category,
    role_districts,
)
from stevo_dagster.sources.simulator.plan import make_plan
from stevo_dagster.sources.simulator.world import World


def test_kinds_have_their_shares() -> None:
    plan = make_plan(4_000, 30, 1, "2024-10-10", False, "new_york")
    people = build_people(plan, build_venues(plan))
    share = np.bincount(people.kind, minlength=len(KINDS)) / 4_000
    assert share.tolist() == pytest.approx([kind.share for kind in KINDS], abs=0.03)


def test_anchors_are_of_the_roles_category_in_the_kinds_districts(world: World) -> None:
    venues, people = world.venues, world.people
    for index, kind in enumerate(KINDS):
        rows = np.flatnonzero(people.kind == index)
        for role_index, role in enumerate(ROLES):
            used = np.unique(people.places[rows, role_index])
            wanted = CATEGORIES.index(role_category(kind, role))
            assert (venues.category[used] == wanted).all()
            if role != "mall":  # malls are too few to be everywhere
                assert np.isin(venues.district[used], role_districts(kind, role)).all()


def test_home_and_work_are_one_place_each(world: World) -> None:
    for role in ("home", "work"):
        places = world.people.places[:, ROLES.index(role)]
        assert (places == places[:, :1]).all()
    assert (
        world.venues.category[world.people.places[:, ROLES.index("home")]] == CATEGORIES.index(HOME)
    ).all()


def test_only_tourists_leave(world: World) -> None:
    people = world.people
    is_tourist = people.kind == [kind.name for kind in KINDS].index("tourist")
    stay = people.last_day - people.first_day + 1
    assert ((stay[is_tourist] >= 5) & (stay[is_tourist] <= 14)).all()
    assert (stay[~is_tourist] == world.plan.local_days).all()


def test_an_interest_switches_to_another(world: World) -> None:
    people = world.people
    assert (people.interest != people.next_interest).all()
    assert people.next_interest.max() < len(SHOPS)
    switches = (people.switch_day < world.plan.local_days).mean()
    assert 0.1 < switches < 0.45
