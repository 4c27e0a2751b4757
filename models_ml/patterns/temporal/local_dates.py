"""Counts by local day with their dates, and what an ordinary day of the same weekday would have.

Here belong dates and residuals of days.  What is tested on them is for ``uplift`` and
``change_points``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models_ml.patterns.temporal.hourly import Floats, HourlySeries
from models_ml.patterns.temporal.local_blocks import HOURS_A_DAY, local_days

WEEK = 7


@dataclass(frozen=True)
class DailySeries:
    """Counts [series, days] by local day; ``observed`` [days]; ``dates`` without gaps."""

    labels: list[str]
    counts: Floats
    observed: NDArray[np.bool_]
    dates: pd.DatetimeIndex


def daily_series(series: HourlySeries, first_day: pd.Timestamp) -> DailySeries:
    """Whole local days of ``series``, whose hours start at midnight UTC of ``first_day``."""
    blocks = local_days(series)
    midnight = int(np.argmax(series.hour_of_week % HOURS_A_DAY == 0))
    utc_day = first_day.normalize() + pd.Timedelta(days=midnight // HOURS_A_DAY)
    # west of Greenwich midnight comes later on the same UTC day, east of it on the day before
    is_same = series.hour_of_week[midnight] // HOURS_A_DAY == utc_day.day_of_week
    start = utc_day if is_same else utc_day + pd.Timedelta(days=1)
    dates = pd.date_range(start, periods=blocks.values.shape[1])
    return DailySeries(series.labels, blocks.values.sum(axis=2), blocks.observed, dates)


def residuals_of_days(daily: DailySeries, usual: NDArray[np.bool_]) -> Floats:
    """ln(count + 0.5) less that of an ordinary day of the weekday [series, days].

    The ordinary day is the median over the observed days of ``usual`` [days]: one great sale is no
    ordinary Friday.  NaN on days not observed, and on weekdays without a usual day.
    """
    logs = np.where(daily.observed, np.log(daily.counts + 0.5), np.nan)
    rest = np.full_like(logs, np.nan)
    weekday = daily.dates.day_of_week.to_numpy()
    for day in range(WEEK):
        chosen = weekday == day
        ordinary = chosen & usual & daily.observed
        if ordinary.any():
            rest[:, chosen] = logs[:, chosen] - np.median(logs[:, ordinary], axis=1, keepdims=True)
    return rest
