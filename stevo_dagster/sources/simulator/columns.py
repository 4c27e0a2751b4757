"""From event arrays to the event contract's columns, as an Arrow table.

Belongs here: names, texts, amounts, and values that are missing. Does not belong here: file
formats (`writer.py`).
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from stevo_dagster.sources.simulator.city import CATEGORIES, SHOPS, Venues
from stevo_dagster.sources.simulator.draft import (
    BROWSE,
    CART,
    CHECK_IN,
    EVENT_TYPES,
    PURCHASE,
    REVIEW,
)
from stevo_dagster.sources.simulator.events import PERSON, Events
from stevo_dagster.sources.simulator.intruders import FAR_PLACES, bot_count
from stevo_dagster.sources.simulator.plan import Plan
from stevo_dagster.sources.simulator.world import World

INSTANT = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [
        ("event_id", pa.string()),
        ("user_id", pa.string()),
        ("event_type", pa.string()),
        ("event_at", INSTANT),
        ("received_at", INSTANT),
        ("item_id", pa.string()),
        ("category", pa.string()),
        ("latitude", pa.float64()),
        ("longitude", pa.float64()),
        ("time_zone", pa.string()),
        ("session_id", pa.string()),
        ("dwell_seconds", pa.float64()),
        ("amount", pa.float64()),
        ("rating", pa.float64()),
        ("query", pa.string()),
    ]
)
CATEGORY_MISSING, DWELL_MISSING = 0.03, 0.08
QUERIES = {
    "clothing": ("winter coat", "running shoes", "jeans", "linen shirt"),
    "electronics": ("headphones", "phone case", "laptop stand", "camera"),
    "books": ("crime novel", "cook book", "travel guide", "poetry"),
    "cosmetics": ("sun cream", "shampoo", "perfume", "hand cream"),
    "sports": ("yoga mat", "tennis balls", "bike lights", "dumbbells"),
}
TYPICAL_AMOUNT = {
    "clothing": 55.0,
    "electronics": 140.0,
    "books": 18.0,
    "cosmetics": 24.0,
    "sports": 40.0,
}
VISIT_MINUTES, BROWSE_SECONDS = 28.0, 45.0  # medians


def to_table(world: World) -> pa.Table:
    """The world's events in the contract's columns, ordered by time."""
    events, plan = world.events, world.plan
    rng = plan.random("columns")
    count = len(events)
    topic = _topic(world.venues, events)
    query = rng.integers(0, 4, count) + 4 * events.topic
    items = item_ids(world.venues)
    names = item_categories(world.venues)
    has_category = (events.item >= 0) & (rng.random(count) >= CATEGORY_MISSING)
    delay = rng.integers(1, 90, count)
    columns = [
        event_ids(plan, count),
        user_ids(plan).take(pa.array(events.person)),
        pa.array(EVENT_TYPES).take(pa.array(events.kind)),
        _instants(events.at),
        _instants(events.at + delay),
        items.take(_index(events.item, events.item >= 0)),
        names.take(_index(events.item, has_category)),
        _numbers(events.latitude, np.isfinite(events.latitude)),
        _numbers(events.longitude, np.isfinite(events.longitude)),
        pa.array([plan.city.time_zone]).take(pa.array(np.zeros(count, dtype=np.int64))),
        _sessions(events),
        _dwell(rng, events),
        _amounts(rng, events, topic),
        _numbers(_ratings(rng, count), events.kind == REVIEW),
        pa.array([text for name in SHOPS for text in QUERIES[name]]).take(
            _index(query, events.topic >= 0)
        ),
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def event_ids(plan: Plan, count: int) -> pa.Array:
    """Ids of all events in order; two seeds never share one."""
    import pyarrow.compute as pc

    numbers = pc.utf8_lpad(pa.array(np.arange(count)).cast(pa.string()), 8, "0")
    return pc.binary_join_element_wise(pa.scalar(f"e{plan.seed}-"), numbers, "")


def user_ids(plan: Plan) -> pa.Array:
    """Ids of people, then bots, numbered by chance so that an id says nothing."""
    numbers = plan.random("names").permutation(plan.people + bot_count(plan)) + 1
    return pa.array([f"u{number:06d}" for number in numbers])


def item_ids(venues: Venues) -> pa.Array:
    """Ids of the venues, then the far places."""
    return pa.array(
        [f"v{index:05d}" for index in range(len(venues))] + [place[0] for place in FAR_PLACES]
    )


def item_categories(venues: Venues) -> pa.Array:
    """Category names of the venues, then the far places."""
    return pa.array([CATEGORIES[i] for i in venues.category] + ["restaurant"] * len(FAR_PLACES))


def _index(values: np.ndarray, valid: np.ndarray) -> pa.Array:
    return pa.array(values, mask=~valid)


def _numbers(values: np.ndarray, valid: np.ndarray) -> pa.Array:
    return pa.array(values, mask=~valid)


def _instants(seconds: np.ndarray) -> pa.Array:
    return pa.array(seconds * 1_000_000).cast(INSTANT)


def _topic(venues: Venues, events: Events) -> np.ndarray:
    """Index into SHOPS of each event's venue, -1 for others; shape (n,)."""
    of_category = np.array([SHOPS.index(c) if c in SHOPS else -1 for c in CATEGORIES])
    known = np.concatenate([of_category[venues.category], np.full(len(FAR_PLACES) + 1, -1)])
    return known[events.item]


def _sessions(events: Events) -> pa.Array:
    import pyarrow.compute as pc

    number = pa.array(events.session, mask=events.session < 0).cast(pa.string())
    return pc.binary_join_element_wise(pa.scalar("s"), number, "")


def _dwell(rng: np.random.Generator, events: Events) -> pa.Array:
    """Seconds stayed or looked; missing for a share of the visits and browses that have it."""
    count = len(events)
    is_visit = events.kind == CHECK_IN
    median = np.where(is_visit, VISIT_MINUTES * 60, BROWSE_SECONDS)
    seconds = np.round(median * rng.lognormal(0, 0.6, count), 1)
    has_dwell = (is_visit | (events.kind == BROWSE)) & (rng.random(count) >= DWELL_MISSING)
    return _numbers(seconds, has_dwell & (events.origin == PERSON))


def _amounts(rng: np.random.Generator, events: Events, topic: np.ndarray) -> pa.Array:
    typical = np.array([TYPICAL_AMOUNT[name] for name in SHOPS] + [20.0])[topic]
    amount = np.round(typical * rng.lognormal(0, 0.5, len(events)), 2)
    return _numbers(amount, (events.kind == CART) | (events.kind == PURCHASE))


def _ratings(rng: np.random.Generator, count: int) -> np.ndarray:
    return rng.choice(5, count, p=(0.06, 0.07, 0.15, 0.32, 0.40)) + 1.0
