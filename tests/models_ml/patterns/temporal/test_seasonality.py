"""Planted cycles are found with their peak, noise is rarely claimed, the table is as published."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models_ml.patterns.temporal.contracts import SEASONALITY
from models_ml.patterns.temporal.hourly import HourlySeries
from models_ml.patterns.temporal.seasonality import seasonality


@pytest.mark.parametrize("shift_hours", [0, 100])
def test_planted_cycles_are_found_with_their_peak(make_counts, shift_hours):
    table = seasonality(
        make_counts(1, 70, series=4, daily=0.3, weekly=0.3, shift_hours=shift_hours)
    )
    assert len(table) == 8 and (table["q_value"] < 0.05).all()
    daily, weekly = (table[table["period_hours"] == hours] for hours in (24, 168))
    assert daily["peak"].between(17, 19).all()
    assert (weekly["peak"] == 6).all()
    assert weekly["peak_share"].between(1.2 / 7, 1.4 / 7).all()
    assert (daily["autocorrelation"] > 0.2).all() and (daily["strength"] > 0.3).all()


def test_a_strong_day_makes_no_week(make_counts):
    tables = [seasonality(make_counts(seed, 60, series=5, daily=0.5)) for seed in range(4)]
    weekly = pd.concat(tables).query("period_hours == 168")
    assert (weekly["q_value"] < 0.05).sum() <= 1


def test_noise_is_rarely_claimed(make_counts):
    tables = [seasonality(make_counts(seed, 60, series=5, memory=0.9)) for seed in range(10)]
    assert sum(bool((table["q_value"] < 0.05).any()) for table in tables) <= 2


def test_columns_types_and_ranges_are_the_published_ones(make_counts):
    table = seasonality(make_counts(3, 60, series=3, daily=0.2))
    assert {name: str(kind) for name, kind in table.dtypes.items()} == SEASONALITY.types
    assert not table.isna().any().any()
    for name in ("strength", "trend_strength", "peak_share", "statistic", "p_value", "q_value"):
        assert table[name].between(0, 1).all()
    pd.testing.assert_frame_equal(table, seasonality(make_counts(3, 60, series=3, daily=0.2)))


def test_short_or_thin_series_are_left_out(make_counts):
    assert list(seasonality(make_counts(4, 10)).columns) == list(SEASONALITY.names)
    assert not len(seasonality(make_counts(4, 10)))
    assert set(seasonality(make_counts(4, 30))["period_hours"]) == {24}
    thin = make_counts(4, 60)
    counts = np.zeros_like(thin.counts)
    counts[0, :199] = 1
    thin = HourlySeries(thin.labels, counts, thin.observed, thin.hour_of_week)
    assert not len(seasonality(thin))


def test_days_that_were_not_loaded_change_little(make_counts):
    series = make_counts(5, 60, daily=0.5)
    whole = seasonality(series).iloc[0]
    series.observed[24 * 20 : 24 * 23] = False
    series.counts[:, 24 * 20 : 24 * 23] = 0
    gap = seasonality(series).iloc[0]
    assert gap["n"] == whole["n"] - 3
    assert gap["strength"] == pytest.approx(whole["strength"], abs=0.03)
    assert gap["peak"] == pytest.approx(whole["peak"], abs=1)
