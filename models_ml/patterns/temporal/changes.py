"""The published table ``changes``: days that differ from the usual, and levels that changed.

Here belong the rows, minimum support and q-values.  The statistics live in ``uplift`` and
``change_points``.

Kinds:

- ``holiday``, ``pay_day``: all such days against other days of the same weekday.  ``day`` is null.
- ``change_point``: from ``day`` on, the level is another than before.

``effect`` is the relative change (0.6: 60% more) with its 95% interval ``low`` to ``high``.  Of a
change point the interval takes the place as known.  ``n`` days were looked at.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from models_ml.patterns.false_discovery import q_values_by_kind
from models_ml.patterns.temporal.change_points import change_points
from models_ml.patterns.temporal.contracts import CHANGES
from models_ml.patterns.temporal.local_dates import DailySeries, residuals_of_days
from models_ml.patterns.temporal.uplift import uplift

# Of fewer events a day, one event more is a large change and logarithms are far from normal.
MIN_DAILY_EVENTS = 5.0
MIN_DAYS = 28
MIDDLE_OF_MONTH = 15
HOLIDAY, PAY_DAY, CHANGE_POINT = "holiday", "pay_day", "change_point"
NORMAL_95 = float(stats.norm.ppf(0.975))


def changes(
    daily: DailySeries,
    holidays: Collection[pd.Timestamp],
    seed: int = 0,
) -> pd.DataFrame:
    """Changes of each series, columns and types of ``contracts.CHANGES``.

    Args:
        daily: counts by local day; its labels become ``subject``.
        holidays: public holidays where the people are.
        seed: of the permutations; the same seed gives the same table.

    q-values are controlled within each kind as well.  Holidays and pay days are left out of the
    search for change points, and both out of each other's usual days.
    """
    if daily.observed.sum() < MIN_DAYS:
        return _table([])
    flags = {
        HOLIDAY: np.asarray(daily.dates.isin(list(holidays))),
        PAY_DAY: np.asarray(daily.dates.is_month_end | (daily.dates.day == MIDDLE_OF_MONTH)),
    }
    is_usual = ~(flags[HOLIDAY] | flags[PAY_DAY])
    rest = residuals_of_days(daily, is_usual)
    rows: list[dict[str, Any]] = []
    for index, label in enumerate(daily.labels):
        if daily.counts[index, daily.observed].mean() < MIN_DAILY_EVENTS:
            continue
        for kind, other in ((HOLIDAY, PAY_DAY), (PAY_DAY, HOLIDAY)):
            apart = np.where(flags[other] & ~flags[kind], np.nan, rest[index])
            rows += _uplift_row(label, kind, apart, flags[kind])
        rows += _change_rows(label, rest[index], is_usual, daily.dates, seed)
    return _table(rows)


def _uplift_row(
    label: str, kind: str, rest: NDArray[Any], chosen: NDArray[np.bool_]
) -> list[dict[str, Any]]:
    """The row of one kind of days; none where there is too little to tell."""
    found = uplift(rest, chosen)
    if found is None:
        return []
    return [
        {
            "kind": kind,
            "subject": label,
            "day": pd.NaT,
            "effect": found.effect,
            "low": found.low,
            "high": found.high,
            "p_value": found.p_value,
            "n": found.n,
        }
    ]


def _change_rows(
    label: str,
    rest: NDArray[Any],
    is_usual: NDArray[np.bool_],
    dates: pd.DatetimeIndex,
    seed: int,
) -> list[dict[str, Any]]:
    """The rows of a series' change points, searched on usual days that are known."""
    days = np.flatnonzero(is_usual & np.isfinite(rest))
    return [
        {
            "kind": CHANGE_POINT,
            "subject": label,
            "day": dates[days[found.at]],
            "effect": np.expm1(found.shift),
            "low": np.expm1(found.shift - NORMAL_95 * found.error),
            "high": np.expm1(found.shift + NORMAL_95 * found.error),
            "p_value": found.p_value,
            "n": found.n,
        }
        for found in change_points(rest[days], seed)
    ]


def _table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows as the published table, with q-values."""
    frame = pd.DataFrame(rows, columns=[name for name in CHANGES.names if name != "q_value"])
    frame["q_value"] = q_values_by_kind(frame["p_value"].astype(float), frame["kind"])
    return CHANGES.table(frame)
