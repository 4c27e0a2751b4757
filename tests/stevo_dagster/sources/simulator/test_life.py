"""Ways of life: each does what its numbers say, and the truth tells them."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from stevo_dagster.errors import StevoError
from stevo_dagster.sources.simulator import simulate
from stevo_dagster.sources.simulator.city import CATEGORIES
from stevo_dagster.sources.simulator.draft import CHECK_IN, SEARCH
from stevo_dagster.sources.simulator.events import PERSON
from stevo_dagster.sources.simulator.life import LIVES, USUAL, life_of
from stevo_dagster.sources.simulator.people import KINDS
from stevo_dagster.sources.simulator.plan import make_plan
from stevo_dagster.sources.simulator.world import World, build_world


@pytest.fixture(scope="module")
def worlds() -> dict[str, World]:
    return {
        name: build_world(make_plan(150, 28, 3, "2024-10-10", False, "new_york", name))
        for name in LIVES
    }


def count(world: World, kind: int) -> int:
    events = world.events
    return int(((events.kind == kind) & (events.origin == PERSON)).sum())


def strange_share(world: World) -> float:
    """Share of check-ins at restaurants and bars that are none of the person's own places."""
    events = world.events
    rows = np.flatnonzero((events.kind == CHECK_IN) & (events.origin == PERSON))
    category = world.venues.category[events.item[rows]]
    rows = rows[np.isin(category, [CATEGORIES.index("restaurant"), CATEGORIES.index("bar")])]
    own = world.people.places.reshape(len(world.people), -1)[events.person[rows]]
    return 1 - float((own == events.item[rows, None]).any(axis=1).mean())


def test_lives_differ_as_their_numbers_say(worlds: dict[str, World]) -> None:
    usual = worlds["usual"]
    for name, world in worlds.items():
        life = LIVES[name]
        assert world.plan.life is life
        if life.visits < 1:
            assert count(world, CHECK_IN) < 0.8 * count(usual, CHECK_IN)
        assert count(world, SEARCH) == pytest.approx(life.shopping * count(usual, SEARCH), rel=0.45)
        assert (len(world.venues) > 1.3 * len(usual.venues)) == (life.venues > 1)
    assert strange_share(worlds["routine"]) < 0.02
    assert strange_share(worlds["usual"]) < 0.08 < strange_share(worlds["sparse"]) < 0.2
    assert strange_share(worlds["explorers"]) > 0.2
    tourist = [kind.name for kind in KINDS].index("tourist")
    assert not (worlds["routine"].people.kind == tourist).any()


def test_the_usual_life_is_what_is_simulated_unless_told(worlds: dict[str, World]) -> None:
    assert make_plan(1, 1, 1, "2024-10-10", False, "new_york").life is USUAL


@pytest.mark.parametrize("name", ["usual", "sparse"])
def test_the_truth_tells_the_life(tmp_path: Path, name: str) -> None:
    made = simulate(tmp_path, people=20, days=3, life=name)
    told = json.loads(made.truth.read_text())["parameters"]["life"]
    assert told == json.loads(json.dumps(asdict(LIVES[name])))


def test_an_unknown_life_is_refused() -> None:
    with pytest.raises(StevoError, match="no way of life is called 'wild'"):
        life_of("wild")
