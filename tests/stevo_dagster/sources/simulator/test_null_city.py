"""A null city is flat: in time, over venues, and from search to purchase."""

from __future__ import annotations

import numpy as np
from scipy import stats

from stevo_dagster.sources.simulator.draft import PURCHASE, SEARCH
from stevo_dagster.sources.simulator.null_city import TYPE_SHARES, independent_events
from stevo_dagster.sources.simulator.plan import DAY_SECONDS
from stevo_dagster.sources.simulator.world import World


def test_hours_days_and_venues_are_uniform(null_world: World) -> None:
    found = independent_events(null_world.plan, null_world.venues, null_world.people)
    for part in (found.local % DAY_SECONDS // 3_600, found.local // DAY_SECONDS, found.place):
        assert stats.chisquare(np.bincount(part)).pvalue > 0.001


def test_types_keep_their_shares(null_world: World) -> None:
    found = independent_events(null_world.plan, null_world.venues, null_world.people)
    share = np.bincount(found.kind) / len(found)
    assert np.abs(share - TYPE_SHARES).max() < 0.01


def test_purchases_do_not_follow_searches(null_world: World) -> None:
    events = null_world.events
    hour = events.at // 3_600 - events.at.min() // 3_600
    hours = null_world.plan.days * 24
    searches = np.bincount(hour[events.kind == SEARCH], minlength=hours)
    purchases = np.bincount(hour[events.kind == PURCHASE], minlength=hours)
    for lag in range(1, 9):
        assert abs(np.corrcoef(searches[:-lag], purchases[lag:])[0, 1]) < 0.12


def test_nobody_is_a_bot_or_teleports(null_world: World) -> None:
    assert (null_world.events.origin == 0).all()
