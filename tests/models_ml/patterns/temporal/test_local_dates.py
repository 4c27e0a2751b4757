"""Local days have the right dates on both sides of Greenwich, and outliers make no usual day."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models_ml.patterns.temporal.hourly import HourlySeries
from models_ml.patterns.temporal.local_dates import DailySeries, daily_series, residuals_of_days

MONDAY = pd.Timestamp("2024-03-04")


@pytest.mark.parametrize(
    ("offset", "first"), [(-5, "2024-03-04"), (0, "2024-03-04"), (9, "2024-03-05")]
)
def test_days_are_local_and_whole(offset, first):
    hours = np.arange(10 * 24)
    series = HourlySeries(
        ["a"], np.ones((1, len(hours))), np.ones(len(hours), dtype=bool), (hours + offset) % 168
    )
    daily = daily_series(series, MONDAY)
    assert daily.dates[0] == pd.Timestamp(first)
    assert (daily.counts == 24).all()
    assert len(daily.dates) == (10 if offset == 0 else 9)


def test_residuals_are_against_the_median_of_usual_days_of_the_weekday():
    dates = pd.date_range(MONDAY, periods=28)
    counts = np.full((1, 28), 9.5)
    counts[0, 7], counts[0, 8] = 39.5, 19.5
    observed = np.ones(28, dtype=bool)
    observed[9] = False
    usual = np.ones(28, dtype=bool)
    usual[8] = False
    rest = residuals_of_days(DailySeries(["a"], counts, observed, dates), usual)[0]
    assert rest[7] == pytest.approx(np.log(4))
    assert rest[8] == pytest.approx(np.log(2))
    assert np.isnan(rest[9])
    assert np.allclose(np.delete(rest, [7, 8, 9]), 0)


def test_a_weekday_without_usual_days_is_unknown():
    dates = pd.date_range(MONDAY, periods=14)
    usual = np.asarray(dates.day_of_week != 0)
    daily = DailySeries(["a"], np.ones((1, 14)), np.ones(14, dtype=bool), dates)
    assert np.isnan(residuals_of_days(daily, usual)[0, [0, 7]]).all()
