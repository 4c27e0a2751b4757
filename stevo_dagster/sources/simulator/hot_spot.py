"""The hot spot: evening crowds at venues around a centre that drifts across the city.

Belongs here: the path and the crowd. Does not belong here: venues on the way (`city.py`).
"""

from __future__ import annotations

import numpy as np

from stevo_dagster.sources.simulator.city import (
    CATEGORIES,
    EVENT,
    HOT_SPOT_FROM,
    HOT_SPOT_TO,
    Venues,
)
from stevo_dagster.sources.simulator.draft import CHECK_IN, Draft, draft
from stevo_dagster.sources.simulator.effects import (
    HOT_SPOT_HOURS,
    HOT_SPOT_SHARE,
    HOT_SPOT_SPREAD_METRES,
)
from stevo_dagster.sources.simulator.geography import metres_between
from stevo_dagster.sources.simulator.people import People
from stevo_dagster.sources.simulator.plan import DAY_SECONDS, Plan


def centres(plan: Plan) -> tuple[np.ndarray, np.ndarray]:
    """Centre of the hot spot on each local day (d,), in degrees: straight and even."""
    start, end = plan.city.districts[HOT_SPOT_FROM], plan.city.districts[HOT_SPOT_TO]
    part = np.linspace(0, 1, plan.local_days)
    latitude = start.latitude + part * (end.latitude - start.latitude)
    return latitude, start.longitude + part * (end.longitude - start.longitude)


def crowd(plan: Plan, venues: Venues, people: People) -> Draft:
    """Check-ins at the hot spot, in no order."""
    rng = plan.random("hot spot")
    day, venue = _where(rng, plan, venues, HOT_SPOT_SHARE * len(people))
    who = rng.integers(0, len(people), len(day))
    is_here = (people.first_day[who] <= day) & (day <= people.last_day[who])
    who, day, venue = who[is_here], day[is_here], venue[is_here]
    low, high = HOT_SPOT_HOURS[0] * 3_600, (HOT_SPOT_HOURS[-1] + 1) * 3_600
    local = day * DAY_SECONDS + rng.integers(low, high, len(day))
    return draft(who, CHECK_IN, local, venue)


def _where(
    rng: np.random.Generator, plan: Plan, venues: Venues, per_day: float
) -> tuple[np.ndarray, np.ndarray]:
    """Days and venues of visits: event spaces near the day's centre."""
    spaces = np.flatnonzero(venues.category == CATEGORIES.index(EVENT))
    count = rng.poisson(per_day, plan.local_days)
    days, chosen = [], []
    for day, (latitude, longitude) in enumerate(zip(*centres(plan), strict=True)):
        metres = metres_between(
            latitude, longitude, venues.latitude[spaces], venues.longitude[spaces]
        )
        weight = np.exp(-((metres / HOT_SPOT_SPREAD_METRES) ** 2) / 2) + 1e-12
        chosen.append(rng.choice(spaces, count[day], p=weight / weight.sum()))
        days.append(np.full(count[day], day))
    return np.concatenate(days), np.concatenate(chosen)
