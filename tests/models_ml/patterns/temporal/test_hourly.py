"""The hour axis, local hours over a change of daylight saving time, gaps and seasons."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models_ml.patterns.temporal.hourly import hourly_series, residuals


def cell_hours(rows: list[tuple[str, int, int, str, int]]) -> pd.DataFrame:
    """Rows of (hour_at, local_hour, weekday, event_type, events)."""
    frame = pd.DataFrame(rows, columns=["hour_at", "local_hour", "weekday", "event_type", "events"])
    return frame.assign(hour_at=pd.to_datetime(frame["hour_at"], utc=True))


def calendar(days: list[str]) -> pd.DataFrame:
    """A calendar of these days."""
    return pd.DataFrame({"day": days})


def test_counts_land_on_their_hour_and_sum_over_rows():
    rows = [("2024-03-02T05:00Z", 5, 6, "click", 3), ("2024-03-02T05:00Z", 5, 6, "click", 4),
            ("2024-03-01T00:00Z", 0, 5, "cart", 2)]  # fmt: skip
    series = hourly_series(cell_hours(rows), calendar(["2024-03-01", "2024-03-02"]), "event_type")
    assert series.labels == ["cart", "click"]
    assert series.counts.shape == (2, 48)
    assert series.counts[1, 29] == 7
    assert series.counts[0, 0] == 2
    assert series.counts.sum() == 9


def test_days_that_the_calendar_lacks_are_unknown_not_zero():
    rows = [("2024-03-01T05:00Z", 5, 5, "click", 3)]
    series = hourly_series(cell_hours(rows), calendar(["2024-03-01", "2024-03-03"]), "event_type")
    assert series.hours == 48
    assert not series.observed[24:48].any()
    assert (residuals(series)[:, 24:48] == 0).all()


def test_local_hour_follows_daylight_saving_time():
    # New York: UTC-5 until 2024-03-10 07:00 UTC, then UTC-4
    rows = [("2024-03-09T12:00Z", 7, 6, "click", 3), ("2024-03-11T12:00Z", 8, 1, "click", 3)]
    days = calendar(["2024-03-09", "2024-03-10", "2024-03-11"])
    series = hourly_series(cell_hours(rows), days, "event_type")
    assert series.hour_of_week[12] == 5 * 24 + 7
    assert series.hour_of_week[13] == 5 * 24 + 8
    assert series.hour_of_week[60] == 8
    assert series.hour_of_week[61] == 9


def test_residuals_have_no_week_left_and_unit_size(make_counts):
    series = make_counts(1, 42, series=2, daily=0.8, weekly=0.7)
    rest = residuals(series)
    np.testing.assert_allclose(rest.mean(axis=1), 0, atol=1e-9)
    np.testing.assert_allclose((rest**2).mean(axis=1), 1, atol=1e-9)
    by_hour = [rest[:, series.hour_of_week % 24 == hour].mean() for hour in range(24)]
    assert np.abs(by_hour).max() < 0.05
    raw = np.corrcoef(series.counts)[0, 1]
    assert raw > 0.5
    assert abs(np.corrcoef(rest)[0, 1]) < 0.1
