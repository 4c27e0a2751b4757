"""Whole local days and weeks, whatever hour and weekday the axis starts on."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models_ml.patterns.temporal.hourly import HourlySeries
from models_ml.patterns.temporal.local_blocks import local_days, local_weeks


def numbered(hours: int, start: int) -> HourlySeries:
    """A series whose counts are their own hour of the week."""
    hour_of_week = (np.arange(hours) + start) % 168
    return HourlySeries(["a"], hour_of_week[None].astype(float), np.ones(hours, bool), hour_of_week)


@settings(max_examples=40, deadline=None)
@given(hours=st.integers(0, 1500), start=st.integers(0, 167))
def test_every_step_of_a_block_is_its_own_hour_and_weekday(hours, start):
    series = numbered(hours, start)
    days, weeks = local_days(series), local_weeks(series)
    assert days.steps == 24 and weeks.steps == 7
    assert (days.values % 24 == np.arange(24)).all()
    weekday = (weeks.values / 24 - 11.5) // 24
    assert (weekday == (np.arange(7) + weeks.first_step) % 7).all()
    assert hours - days.values.size < 48


def test_a_block_with_an_unknown_hour_is_not_observed():
    series = numbered(24 * 15, 0)
    series.observed[30] = False
    assert local_days(series).observed.tolist() == [True, False, *[True] * 13]
    assert local_weeks(series).observed.tolist() == [False, True]
