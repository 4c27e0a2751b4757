"""Shopping sessions: the lag, the order of steps, the peak, and drifting interests."""

from __future__ import annotations

import numpy as np
import pytest

from stevo_dagster.sources.simulator.city import CATEGORIES, SHOPS
from stevo_dagster.sources.simulator.draft import (
    CART,
    NONE,
    PURCHASE,
    REVIEW,
    SEARCH,
    Draft,
)
from stevo_dagster.sources.simulator.effects import HOLIDAY_UPLIFT
from stevo_dagster.sources.simulator.funnel import HOUR_PROFILE, WEEKDAY_FACTOR, sessions
from stevo_dagster.sources.simulator.plan import DAY_SECONDS
from stevo_dagster.sources.simulator.world import World


@pytest.fixture(scope="module")
def shopping(world: World) -> Draft:
    return sessions(world.plan, world.venues, world.people, world.calendar, world.effects)


def _time_of(shopping: Draft, kind: int) -> dict[int, int]:
    rows = np.flatnonzero(shopping.kind == kind)
    return dict(zip(shopping.session[rows].tolist(), shopping.local[rows].tolist(), strict=True))


def test_purchases_come_after_the_planted_lag(world: World, shopping: Draft) -> None:
    searched, paid = _time_of(shopping, SEARCH), _time_of(shopping, PURCHASE)
    hours = np.array([(at - searched[session]) / 3_600 for session, at in paid.items()])
    assert np.median(hours) == pytest.approx(world.effects.lag_hours, abs=0.05)
    assert np.abs(hours - world.effects.lag_hours).max() < 1


def test_steps_follow_one_another(shopping: Draft) -> None:
    carted, paid, reviewed = (_time_of(shopping, kind) for kind in (CART, PURCHASE, REVIEW))
    assert set(reviewed) <= set(paid) <= set(carted)
    assert all(carted[session] < at for session, at in paid.items())
    assert all(at - paid[session] >= DAY_SECONDS for session, at in reviewed.items())


def test_only_searches_have_no_item(shopping: Draft) -> None:
    is_search = shopping.kind == SEARCH
    assert (shopping.item[is_search] == NONE).all()
    assert (shopping.item[~is_search] >= 0).all()
    assert (shopping.topic[~is_search] == NONE).all()


def test_a_session_stays_with_its_topic(world: World, shopping: Draft) -> None:
    is_search = shopping.kind == SEARCH
    topic = dict(zip(shopping.session[is_search], shopping.topic[is_search], strict=True))
    names = world.venues.category[shopping.item[~is_search]]
    wanted = [CATEGORIES.index(SHOPS[topic[s]]) for s in shopping.session[~is_search]]
    assert names.tolist() == wanted


def test_the_day_follows_its_profile(shopping: Draft) -> None:
    hour = shopping.local[shopping.kind == SEARCH] % DAY_SECONDS // 3_600
    found = np.bincount(hour, minlength=24) / len(hour)
    assert np.corrcoef(found, HOUR_PROFILE)[0, 1] > 0.9


def test_the_peak_day_is_the_strongest(world: World, shopping: Draft) -> None:
    day = shopping.local[shopping.kind == SEARCH] // DAY_SECONDS
    assert np.bincount(day).argmax() == world.calendar.peak


def test_holidays_are_stronger_by_the_planted_factor(world: World, shopping: Draft) -> None:
    days = world.calendar
    per_day = np.bincount(shopping.local[shopping.kind == SEARCH] // DAY_SECONDS)
    usual = per_day / WEEKDAY_FACTOR[days.weekday]
    plain = ~days.is_holiday & (np.arange(len(usual)) != days.peak)
    found = usual[days.is_holiday].mean() / usual[plain].mean()
    assert found == pytest.approx(HOLIDAY_UPLIFT, abs=0.25)


def test_interests_drift(world: World, shopping: Draft) -> None:
    searches = shopping.take(shopping.kind == SEARCH)
    people, day = world.people, searches.local // DAY_SECONDS
    drifted = people.switch_day[searches.person] <= day
    is_next = searches.topic == people.next_interest[searches.person]
    assert is_next[drifted].mean() > 0.6
    assert is_next[~drifted].mean() < 0.2
