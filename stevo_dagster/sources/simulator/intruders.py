"""What cleaning has to take out again: bots and impossible moves.

Belongs here: making them. Does not belong here: broken lines (`dirt.py`).
"""

from __future__ import annotations

import numpy as np

from stevo_dagster.sources.simulator.city import SHOPS, Venues
from stevo_dagster.sources.simulator.draft import BROWSE, CHECK_IN, CLICK
from stevo_dagster.sources.simulator.events import BOT, TELEPORT, Events
from stevo_dagster.sources.simulator.plan import DAY_SECONDS, Plan

FAR_PLACES = (
    ("far_london", 51.5072, -0.1276),
    ("far_tokyo", 35.6764, 139.65),
    ("far_sydney", -33.8688, 151.2093),
    ("far_santiago", -33.4489, -70.6693),
)
TELEPORTS_PER_VISIT = 0.0015
TELEPORT_SECONDS = 240  # after a visit in the city: thousands of km in four minutes
PEOPLE_PER_BOT = 100
BOT_SECONDS = 20  # between two events of a bot, exactly
BOT_EVENTS = 1_000  # a day
BOT_DAYS = 2


def bot_count(plan: Plan) -> int:
    """Bots of a plan: none where nothing is planted."""
    return 0 if plan.is_null else max(1, plan.people // PEOPLE_PER_BOT)


def teleports(plan: Plan, venues: Venues, events: Events) -> Events:
    """Visits in another part of the world, between two visits in the city.

    `events` are ordered by person and time.
    """
    rng = plan.random("teleports")
    rows = np.flatnonzero(np.isfinite(events.latitude) & (events.kind == CHECK_IN))
    here, later = rows[:-1], rows[1:]
    same = events.person[here] == events.person[later]
    fits = same & (events.at[later] - events.at[here] > 2 * TELEPORT_SECONDS)
    candidates = here[fits]
    count = min(len(candidates), max(1, round(TELEPORTS_PER_VISIT * len(rows))))
    chosen = events.take(rng.choice(candidates, count, replace=False))
    far = rng.integers(0, len(FAR_PLACES), count)
    nothing = np.full(count, -1)
    return Events(
        person=chosen.person,
        kind=chosen.kind,
        at=chosen.at + TELEPORT_SECONDS,
        item=len(venues) + far,
        latitude=np.array([place[1] for place in FAR_PLACES])[far],
        longitude=np.array([place[2] for place in FAR_PLACES])[far],
        topic=nothing,
        session=nothing,
        origin=np.full(count, TELEPORT),
    )


def bots(plan: Plan, venues: Venues) -> Events:
    """Machines that click through shops at an even pace, without coordinates."""
    rng = plan.random("bots")
    count, days = bot_count(plan), min(BOT_DAYS, plan.days)
    first_second = (plan.start.toordinal() - 719_163) * DAY_SECONDS
    day = np.array([rng.choice(plan.days, days, replace=False) for _ in range(count)])
    begin = rng.integers(0, DAY_SECONDS - BOT_EVENTS * BOT_SECONDS, (count, days))
    at = first_second + (day * DAY_SECONDS + begin)[:, :, None]
    at = (at + np.arange(BOT_EVENTS) * BOT_SECONDS).ravel()
    shops = np.concatenate([venues.of(name) for name in SHOPS])
    total = len(at)
    nothing, nowhere = np.full(total, -1), np.full(total, np.nan)
    return Events(
        person=plan.people + np.repeat(np.arange(count), days * BOT_EVENTS),
        kind=np.where(rng.random(total) < 0.7, CLICK, BROWSE),
        at=at,
        item=rng.choice(shops, total),
        latitude=nowhere,
        longitude=nowhere,
        topic=nothing,
        session=nothing,
        origin=np.full(total, BOT),
    )
