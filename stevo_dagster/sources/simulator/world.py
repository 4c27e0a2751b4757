"""One city put together: venues, people, days, and all events in their final order.

Belongs here: joining the parts and cutting to the plan's UTC days. Does not belong here: Arrow
columns (`columns.py`), dirt (`dirt.py`), files (`writer.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stevo_dagster.sources.simulator import calendar, funnel, hot_spot, null_city, schedule
from stevo_dagster.sources.simulator.city import Venues, build_venues
from stevo_dagster.sources.simulator.draft import CHECK_IN, Draft, join
from stevo_dagster.sources.simulator.effects import Effects, draw_effects
from stevo_dagster.sources.simulator.events import Events, join_events
from stevo_dagster.sources.simulator.geography import shift
from stevo_dagster.sources.simulator.intruders import bots, teleports
from stevo_dagster.sources.simulator.people import People, build_people
from stevo_dagster.sources.simulator.physics import possible_moves
from stevo_dagster.sources.simulator.plan import DAY_SECONDS, Plan

NOISY_SHARE, NOISE_METRES = 0.08, 12.0


@dataclass(frozen=True)
class World:
    """A city with all its events, ordered by time."""

    plan: Plan
    venues: Venues
    people: People
    calendar: calendar.Calendar
    effects: Effects
    events: Events


def build_world(plan: Plan) -> World:
    """Simulate a plan, without dirt."""
    venues = build_venues(plan)
    people = build_people(plan, venues)
    days = calendar.build_calendar(plan)
    effects = draw_effects(plan)
    if plan.is_null:
        drafted = null_city.independent_events(plan, venues, people)
    else:
        drafted = join(
            [
                schedule.visits(plan, venues, people, days),
                funnel.sessions(plan, venues, people, days, effects),
                hot_spot.crowd(plan, venues, people),
            ]
        )
    events = _finish(plan, venues, drafted)
    if not plan.is_null:
        events = join_events([events, teleports(plan, venues, events), bots(plan, venues)])
    events = events.take(np.lexsort((events.person, events.at)))
    return World(plan, venues, people, days, effects, events)


def _finish(plan: Plan, venues: Venues, drafted: Draft) -> Events:
    """Draft to events: UTC times inside the plan's days, points, and possible moves only."""
    rng = plan.random("finish")
    inside = (drafted.local >= 0) & (drafted.local < plan.local_days * DAY_SECONDS)
    drafted = drafted.take(inside)
    at = calendar.to_utc(plan, rng, drafted.local)
    first, end = calendar.utc_window(plan)
    order = np.lexsort((at, drafted.person))
    order = order[(at[order] >= first) & (at[order] < end)]
    drafted, at = drafted.take(order), at[order]
    latitude, longitude = venues.latitude[drafted.place], venues.longitude[drafted.place]
    is_visit = drafted.kind == CHECK_IN
    noisy = np.flatnonzero(is_visit & (rng.random(len(at)) < NOISY_SHARE))
    north, east = rng.normal(0, NOISE_METRES, (2, len(noisy)))
    moved = shift(latitude[noisy], longitude[noisy], north, east)
    latitude[noisy], longitude[noisy] = np.round(moved[0], 6), np.round(moved[1], 6)
    kept, located = possible_moves(drafted.person, at, latitude, longitude, is_visit)
    events = Events(
        person=drafted.person,
        kind=drafted.kind,
        at=at,
        item=drafted.item,
        latitude=np.where(located, latitude, np.nan),
        longitude=np.where(located, longitude, np.nan),
        topic=drafted.topic,
        session=drafted.session,
        origin=np.zeros(len(at), dtype=np.int64),
    )
    return events.take(kept)
