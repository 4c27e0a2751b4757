"""The table of changes: planted holidays and levels are claimed, chance is not, support is kept."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models_ml.patterns.temporal.changes import changes
from models_ml.patterns.temporal.contracts import CHANGES
from models_ml.patterns.temporal.local_dates import DailySeries

DATES = pd.date_range("2024-03-04", periods=120)
HOLIDAYS = DATES[[20, 55, 90]]


def series(rates: np.ndarray, seed: int = 0) -> DailySeries:
    """Poisson counts of rates [series, days]."""
    counts = np.random.default_rng(seed).poisson(rates).astype(float)
    labels = [f"event_type:{index}" for index in range(len(rates))]
    return DailySeries(labels, counts, np.ones(rates.shape[1], dtype=bool), DATES)


def test_planted_holidays_and_levels_are_claimed():
    rates = np.full((2, 120), 200.0)
    rates[0] *= np.where(DATES.isin(HOLIDAYS), 1.6, 1.0)
    rates[1, 70:] *= 1.4
    table = changes(series(rates), HOLIDAYS)
    assert tuple(table.columns) == CHANGES.names
    claims = table[table["q_value"] < 0.05].set_index(["kind", "subject"])
    assert set(claims.index) == {("holiday", "event_type:0"), ("change_point", "event_type:1")}
    holiday, level = claims.loc[("holiday", "event_type:0")], claims.loc["change_point"].iloc[0]
    assert holiday["low"] < 0.6 < holiday["high"] and pd.isna(holiday["day"])
    assert level["low"] < 0.4 < level["high"]
    assert abs((level["day"] - DATES[70]).days) <= 3


def test_nothing_planted_is_rarely_claimed():
    claimed = [
        (changes(series(np.full((10, 120), 50.0), seed), HOLIDAYS)["q_value"] < 0.05).any()
        for seed in range(8)
    ]
    assert sum(claimed) <= 1


def test_rare_subjects_and_short_histories_are_left_out():
    few = changes(series(np.full((1, 120), 2.0)), HOLIDAYS)
    daily = series(np.full((1, 120), 50.0))
    short = DailySeries(daily.labels, daily.counts[:, :20], daily.observed[:20], DATES[:20])
    for table in (few, changes(short, HOLIDAYS)):
        assert not len(table)
        assert tuple(table.columns) == CHANGES.names
