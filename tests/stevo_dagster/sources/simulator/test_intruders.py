"""Bots and teleports: as regular and as impossible as they have to be."""

from __future__ import annotations

import numpy as np

from stevo_dagster.sources.simulator.events import BOT, TELEPORT
from stevo_dagster.sources.simulator.geography import metres_between
from stevo_dagster.sources.simulator.intruders import BOT_EVENTS, BOT_SECONDS, bot_count
from stevo_dagster.sources.simulator.world import World


def test_bots_keep_an_even_pace(world: World) -> None:
    events = world.events
    bots = np.unique(events.person[events.origin == BOT])
    assert len(bots) == bot_count(world.plan)
    assert (bots >= world.plan.people).all()
    for bot in bots:
        gaps = np.diff(np.sort(events.at[events.person == bot]))
        assert (gaps == BOT_SECONDS).sum() >= BOT_EVENTS - 1
        assert np.isnan(events.latitude[events.person == bot]).all()


def test_teleports_and_nothing_else_are_impossible(world: World) -> None:
    events = world.events
    order = np.lexsort((events.at, events.person))
    order = order[np.isfinite(events.latitude[order])]
    before, after = order[:-1], order[1:]
    metres = metres_between(
        events.latitude[before],
        events.longitude[before],
        events.latitude[after],
        events.longitude[after],
    )
    seconds = np.maximum(events.at[after] - events.at[before], 1)
    same = events.person[before] == events.person[after]
    is_impossible = same & (metres / seconds > 280)  # 1,000 km/h
    arrivals = is_impossible & (events.origin[after] == TELEPORT)
    returns = is_impossible & (events.origin[before] == TELEPORT)
    assert arrivals.sum() == (events.origin == TELEPORT).sum() > 3
    assert (is_impossible == (arrivals | returns)).all()
