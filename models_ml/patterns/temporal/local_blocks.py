"""Hourly series cut into whole local days and whole weeks of local days.

Here belongs the cutting alone.  Hours before the first local midnight and blocks that are not
whole are left out; the blocks follow each other without gaps, so a weekday keeps its place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models_ml.patterns.temporal.hourly import Floats, HourlySeries

HOURS_A_DAY, DAYS_A_WEEK = 24, 7


@dataclass(frozen=True)
class Blocks:
    """Values [series, blocks, steps]; ``observed`` [blocks] is true where every step is known.

    ``first_step`` is the local hour (0..23) or the weekday (0 = Monday) of step 0.
    """

    values: Floats
    observed: NDArray[np.bool_]
    first_step: int

    @property
    def steps(self) -> int:
        """Steps in a block: 24 hours or 7 days."""
        return int(self.values.shape[2])


def local_days(series: HourlySeries) -> Blocks:
    """Counts by local day and hour.

    A change of daylight saving time moves the hours after it by one; the blocks stay 24 hours long.
    """
    hour_of_day = series.hour_of_week % HOURS_A_DAY
    midnights = np.flatnonzero(hour_of_day == 0)
    start = int(midnights[0]) if len(midnights) else len(hour_of_day)
    return _blocks(series.counts[:, start:], series.observed[start:], HOURS_A_DAY, 0)


def local_weeks(series: HourlySeries) -> Blocks:
    """Counts by week and local day; a week starts on the weekday of the first whole local day."""
    days = local_days(series)
    midnights = np.flatnonzero(series.hour_of_week % HOURS_A_DAY == 0)
    first = int(series.hour_of_week[midnights[0]]) // HOURS_A_DAY if len(midnights) else 0
    return _blocks(days.values.sum(axis=2), days.observed, DAYS_A_WEEK, first)


def _blocks(values: Floats, observed: NDArray[np.bool_], steps: int, first_step: int) -> Blocks:
    """Whole blocks of ``steps`` from ``values`` [series, time]."""
    whole = values.shape[1] // steps
    shape = (len(values), whole, steps)
    known = np.asarray(observed[: whole * steps].reshape(whole, steps).all(axis=1))
    return Blocks(values[:, : whole * steps].reshape(shape), known, first_step)
