"""Weekend and holiday effects: size, chance level and support."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models_ml.patterns.temporal.hourly import HourlySeries
from stevo_dagster.reports.calendar_effects import calendar_rows


def case(seed: int, weeks: int, weekend: float = 1.0, holiday: float = 1.0, people: int = 50):
    """Hourly counts of one type and its calendar, holidays on days 10, 24 and 40."""
    rng = np.random.default_rng(seed)
    days = weeks * 7
    axis = pd.date_range("2024-01-01", periods=days)
    free = np.asarray(axis.day_of_week >= 5)
    off = np.isin(np.arange(days), [10, 24, 40])
    rate = 4 * np.where(free, weekend, 1.0) * np.where(off, holiday, 1.0)
    counts = rng.poisson(np.repeat(rate, 24))[None].astype(float)
    hours = np.arange(days * 24)
    series = HourlySeries(["click"], counts, np.ones(days * 24, dtype=bool), hours % 168)
    calendar = pd.DataFrame({"day": axis, "users": people, "is_weekend": free, "is_holiday": off})
    return series, calendar


def rows_of(*args, k=10, **planted) -> dict[str, dict]:
    """Rows by subject."""
    return {row["subject_b"]: row for row in calendar_rows(*case(*args, **planted), k)}


def test_planted_effects_have_their_size():
    rows = rows_of(1, 10, weekend=1.4, holiday=2.0)
    assert rows["calendar:weekend"]["p_value"] < 1e-4
    assert 0.3 < rows["calendar:weekend"]["effect"] < 0.5
    assert rows["calendar:holiday"]["p_value"] < 1e-3
    assert 0.8 < rows["calendar:holiday"]["effect"] < 1.2


def test_chance_level_of_both():
    found = [rows_of(seed, 10) for seed in range(150)]
    for name in ("calendar:weekend", "calendar:holiday"):
        share = np.mean([rows[name]["p_value"] < 0.05 for rows in found])
        assert share < 0.12, name


def test_too_few_weeks_or_people_give_no_row():
    assert rows_of(1, 3) == {}
    assert rows_of(1, 10, people=9) == {}


def test_days_that_are_missing_are_not_taken_for_quiet():
    series, calendar = case(2, 10)
    gone = calendar["day"].dt.day_of_week == 6
    gone &= np.arange(len(calendar)) < 42
    hours = np.repeat(gone.to_numpy(), 24)
    series = HourlySeries(series.labels, series.counts * ~hours, ~hours, series.hour_of_week)
    rows = {row["subject_b"]: row for row in calendar_rows(series, calendar[~gone], 10)}
    assert rows["calendar:weekend"]["n"] == 28
    assert abs(rows["calendar:weekend"]["effect"]) < 0.15
