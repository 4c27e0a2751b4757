"""Drift of volumes: pure arithmetic over counts by day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stevo_dagster.checks.volumes import drift, unusual_days

DAY = date(2024, 3, 5)
counts_of_weeks = st.lists(st.integers(0, 10**6), min_size=4, max_size=4)


def weeks(counts: list[int], today: int) -> dict[date, int]:
    earlier = {DAY - timedelta(weeks=index + 1): count for index, count in enumerate(counts)}
    return {**earlier, DAY: today}


def test_the_same_weekday_of_four_weeks_is_what_is_expected():
    other = {DAY - timedelta(days=1): 10**6, DAY - timedelta(weeks=5): 10**6}
    found = drift({**weeks([100, 110, 90, 100], 400), **other}, DAY)
    assert found is not None
    assert (found.rows, found.expected) == (400, 100)
    # The median absolute deviation is 5, below what counting alone gives: sqrt(100) = 10.
    assert found.z == pytest.approx(30)


def test_a_wide_spread_forgives_more():
    found = drift(weeks([1000, 1400, 600, 1000], 1400), DAY)
    assert found is not None
    assert found.z == pytest.approx(400 / (1.4826 * 200))


def test_a_narrow_spread_of_many_rows_is_taken_for_a_tenth():
    found = drift(weeks([10_000, 10_010, 9_990, 10_000], 12_000), DAY)
    assert found is not None
    assert found.z == pytest.approx(2)


def test_fewer_than_three_weeks_say_nothing():
    assert drift({DAY: 5, DAY - timedelta(weeks=1): 5, DAY - timedelta(weeks=2): 5}, DAY) is None


def test_a_silent_day_is_unusual_though_it_has_no_count():
    counts = {DAY - timedelta(days=back): 100 for back in range(40)}
    silent = DAY - timedelta(days=3)
    del counts[silent]
    assert [one.day for one in unusual_days(counts)] == [silent]
    assert unusual_days(counts, newest=3) == []
    assert [one.rows for one in unusual_days(counts, newest=4)] == [0]


def test_no_days_are_not_unusual():
    assert unusual_days({}) == []


@settings(deadline=None, max_examples=60)
@given(counts_of_weeks, st.integers(0, 10**6))
def test_sign_and_order_of_the_weeks(counts, today):
    found = drift(weeks(counts, today), DAY)
    assert found is not None
    assert (found.z > 0) == (today > found.expected)
    assert (found.z < 0) == (today < found.expected)
    assert found == drift(weeks(counts[::-1], today), DAY)


@settings(deadline=None, max_examples=60)
@given(counts_of_weeks, st.integers(0, 10**6), st.integers(1, 10**6))
def test_more_rows_never_lower_z(counts, today, more):
    less, greater = drift(weeks(counts, today), DAY), drift(weeks(counts, today + more), DAY)
    assert less is not None and greater is not None
    assert greater.z > less.z


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.integers(0, 10**9))
def test_one_mad_week_does_not_move_what_is_expected(usual, mad):
    found = drift(weeks([usual, usual, usual, mad], usual), DAY)
    assert found is not None
    assert found.z == 0


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 10**5), st.integers(29, 80))
def test_a_steady_history_has_no_unusual_day(rows, length):
    counts = {DAY - timedelta(days=back): rows for back in range(length)}
    assert unusual_days(counts, limit=0.001) == []
