"""Shopping: from a search over clicks and the cart to a purchase some hours later, and a review.

Belongs here: sessions and their steps. Does not belong here: how strong the planted effects are
(`effects.py`). Sessions start in bursts shared by the whole city, hour by hour, so that the lag
from search to purchase can be told from the daily cycle.
"""

from __future__ import annotations

import numpy as np

from stevo_dagster.sources.simulator.calendar import HOUR_SECONDS, Calendar
from stevo_dagster.sources.simulator.city import SHOPS, Venues
from stevo_dagster.sources.simulator.draft import (
    BROWSE,
    CART,
    CLICK,
    FAVOURITE,
    PURCHASE,
    REVIEW,
    SEARCH,
    Draft,
    draft,
    join,
)
from stevo_dagster.sources.simulator.effects import (
    HOLIDAY_UPLIFT,
    LAG_SPREAD_MINUTES,
    PEAK_UPLIFT,
    Effects,
)
from stevo_dagster.sources.simulator.life import Life
from stevo_dagster.sources.simulator.people import KINDS, ROLES, SHOPS_PER_INTEREST, People
from stevo_dagster.sources.simulator.plan import DAY_SECONDS, Plan

# Relative shopping by local hour: little at night, noon and evening peaks.
HOUR_PROFILE = np.array(
    [3, 2, 1, 1, 1, 1, 2, 4, 6, 7, 8, 9, 11, 10, 8, 7, 7, 8, 10, 12, 14, 14, 11, 6], dtype=float
)
WEEKDAY_FACTOR = np.array([0.9, 0.88, 0.9, 0.95, 1.05, 1.25, 1.2])
BURST_SHAPE = 1.6  # of the gamma factor on each hour
SHARE_CART, SHARE_PURCHASE, SHARE_REVIEW, SHARE_FAVOURITE = 0.60, 0.46, 0.40, 0.26
MAX_CLICKS, MAX_BROWSES = 2, 2
INTEREST_SHARE = 0.75
FAVOURITE_SHOP_SHARE = 0.85
SHOP_WEIGHTS = (0.65, 0.25, 0.10)


def sessions(
    plan: Plan, venues: Venues, people: People, calendar: Calendar, effects: Effects
) -> Draft:
    """Every event of every shopping session, in no order."""
    rng = plan.random("funnel")
    who, start = _starts(rng, plan.life, people, calendar)
    topic = _topics(rng, people, who, start // DAY_SECONDS)
    shop = _shops(rng, venues, people, who, topic)
    session = np.arange(len(who))
    return join(_steps(rng, people, effects, who, start, topic, shop, session))


def _starts(
    rng: np.random.Generator, life: Life, people: People, calendar: Calendar
) -> tuple[np.ndarray, np.ndarray]:
    """Who starts a session and at which local second: a Poisson number each hour of the city."""
    per_day = np.array([kind.intents_per_day for kind in KINDS])[people.kind] * people.diligence
    days = len(calendar.weekday)
    factor = WEEKDAY_FACTOR[calendar.weekday] * np.where(calendar.is_holiday, HOLIDAY_UPLIFT, 1.0)
    if calendar.peak >= 0:
        factor[calendar.peak] = PEAK_UPLIFT
    hourly = HOUR_PROFILE * rng.gamma(BURST_SHAPE, 1 / BURST_SHAPE, (days, 24))
    # Bursts move a day's sessions between its hours but leave the day's number as planted.
    hourly /= hourly.sum(axis=1, keepdims=True)
    count = rng.poisson(life.shopping * factor[:, None] * hourly * per_day.sum())
    hour = np.repeat(np.arange(days * 24), count.ravel())
    who = rng.choice(len(people), len(hour), p=per_day / per_day.sum())
    day = hour // 24
    is_here = (people.first_day[who] <= day) & (day <= people.last_day[who])
    start = hour * HOUR_SECONDS + rng.integers(0, HOUR_SECONDS, len(hour))
    return who[is_here], start[is_here]


def _topics(
    rng: np.random.Generator, people: People, who: np.ndarray, day: np.ndarray
) -> np.ndarray:
    interest = np.where(
        day < people.switch_day[who], people.interest[who], people.next_interest[who]
    )
    other = rng.integers(0, len(SHOPS), len(who))
    return np.where(rng.random(len(who)) < INTEREST_SHARE, interest, other)


def _shops(
    rng: np.random.Generator, venues: Venues, people: People, who: np.ndarray, topic: np.ndarray
) -> np.ndarray:
    rank = rng.choice(SHOPS_PER_INTEREST, len(who), p=SHOP_WEIGHTS)
    shop = people.shops[who, topic, rank]
    is_new = rng.random(len(who)) >= FAVOURITE_SHOP_SHARE
    for index, name in enumerate(SHOPS):
        rows = np.flatnonzero(is_new & (topic == index))
        shop[rows] = venues.pick(rng, name, (), (len(rows),))
    return shop


def _steps(
    rng: np.random.Generator,
    people: People,
    effects: Effects,
    who: np.ndarray,
    start: np.ndarray,
    topic: np.ndarray,
    shop: np.ndarray,
    session: np.ndarray,
) -> list[Draft]:
    home = people.places[who, ROLES.index("home"), 0]
    parts = [draft(who, SEARCH, start, -1, place=home, topic=topic, session=session)]

    def add(kind: int, rows: np.ndarray, local: np.ndarray) -> None:
        parts.append(draft(who[rows], kind, local, shop[rows], session=session[rows]))

    def some(rows: np.ndarray, share: float) -> np.ndarray:
        return rows[rng.random(len(rows)) < share]

    def minutes(rows: np.ndarray, low: float, high: float) -> np.ndarray:
        return np.rint(rng.uniform(low, high, len(rows)) * 60).astype(np.int64)

    everyone = np.arange(len(who))
    clicks = np.repeat(everyone, rng.integers(1, MAX_CLICKS + 1, len(who)))
    add(CLICK, clicks, start[clicks] + minutes(clicks, 1, 6))
    browses = np.repeat(everyone, rng.integers(0, MAX_BROWSES + 1, len(who)))
    add(BROWSE, browses, start[browses] + minutes(browses, 4, 14))
    favourites = some(everyone, SHARE_FAVOURITE)
    add(FAVOURITE, favourites, start[favourites] + minutes(favourites, 10, 16))
    lag = effects.lag_hours * HOUR_SECONDS + rng.normal(0, LAG_SPREAD_MINUTES * 60, len(who))
    paid = start + np.rint(lag).astype(np.int64)
    carts = some(everyone, SHARE_CART)
    add(CART, carts, paid[carts] - minutes(carts, 2, 9))
    purchases = some(carts, SHARE_PURCHASE / SHARE_CART)
    add(PURCHASE, purchases, paid[purchases])
    reviews = some(purchases, SHARE_REVIEW)
    add(REVIEW, reviews, paid[reviews] + minutes(reviews, 1_440, 4_320))
    return parts
