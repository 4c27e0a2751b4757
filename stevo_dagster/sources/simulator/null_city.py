"""A city in which nothing is planted: every event is independent of every other.

Belongs here: the null draft alone. Types keep their shares and people their rates; time is uniform,
venues are uniform, so whatever a report claims here, it claims by chance.
"""

from __future__ import annotations

import numpy as np

from stevo_dagster.sources.simulator.city import SHOPS, Venues
from stevo_dagster.sources.simulator.draft import EVENT_TYPES, NONE, SEARCH, Draft
from stevo_dagster.sources.simulator.people import People
from stevo_dagster.sources.simulator.plan import DAY_SECONDS, Plan

EVENTS_PER_DAY = 6.5
TYPE_SHARES = (0.15, 0.10, 0.10, 0.06, 0.05, 0.02, 0.03, 0.49)  # in the order of EVENT_TYPES


def independent_events(plan: Plan, venues: Venues, people: People) -> Draft:
    """Poisson events of everyone, in no order."""
    rng = plan.random("null")
    expected = EVENTS_PER_DAY * people.diligence / people.diligence.mean() * plan.local_days
    person = np.repeat(np.arange(len(people)), rng.poisson(expected))
    count = len(person)
    kind = rng.choice(len(EVENT_TYPES), count, p=TYPE_SHARES)
    place = rng.integers(0, len(venues), count)
    return Draft(
        person=person,
        kind=kind,
        local=rng.integers(0, plan.local_days * DAY_SECONDS, count),
        item=np.where(kind == SEARCH, NONE, place),
        place=place,
        topic=np.where(kind == SEARCH, rng.integers(0, len(SHOPS), count), NONE),
        session=np.full(count, NONE),
    )
