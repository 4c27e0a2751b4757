"""Finished events: joined and cut."""

from __future__ import annotations

import numpy as np

from stevo_dagster.sources.simulator.events import join_events
from stevo_dagster.sources.simulator.world import World


def test_cutting_and_joining_are_inverse(world: World) -> None:
    events = world.events
    split = len(events) // 3
    parts = [events.take(np.arange(split)), events.take(np.arange(split, len(events)))]
    joined = join_events(parts)
    assert len(joined) == len(events)
    for name in ("person", "at", "latitude", "origin"):
        assert np.array_equal(getattr(joined, name), getattr(events, name), equal_nan=True)
