"""Daily counts against the calendar: weekends and holidays.

Here belong the tests whose unit is a week or a day. Hourly pairs live in ``correlations``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from models_ml.patterns.temporal.hourly import Floats, HourlySeries
from stevo_dagster.reports.lagged import shift_p_values

MIN_WEEKS = 4
MIN_DAYS = 28
MIN_HOLIDAYS = 2


def calendar_rows(types: HourlySeries, calendar: pd.DataFrame, k: int) -> list[dict[str, Any]]:
    """Rows of kind ``calendar``: every type against weekend and holiday.

    A side of the calendar is reported only if one of its days alone has ``k`` distinct people.
    """
    days = _daily(calendar)
    daily = types.counts.reshape(len(types.labels), len(days), 24).sum(axis=2)
    seen = days["seen"].to_numpy()
    rows = []
    for name, test in (("weekend", _weekend), ("holiday", _holiday)):
        flag = days[f"is_{name}"].to_numpy()
        if not _has_people(days, flag & seen, k) or not _has_people(days, ~flag & seen, k):
            continue
        for label, counts in zip(types.labels, daily, strict=True):
            found = test(counts, flag, seen)
            if found is not None:
                rows.append(
                    {
                        "kind": "calendar",
                        "subject_a": f"event_type:{label}",
                        "subject_b": f"calendar:{name}",
                        "lag_hours": 0,
                        **found,
                    }
                )
    return rows


def _daily(calendar: pd.DataFrame) -> pd.DataFrame:
    """The calendar on a gapless day axis; ``seen`` is false on days it lacks."""
    frame = calendar.assign(day=pd.to_datetime(calendar["day"]), seen=True).set_index("day")
    axis = pd.date_range(frame.index.min(), frame.index.max())
    days = frame[["users", "is_weekend", "is_holiday", "seen"]].reindex(axis)
    days["users"] = days["users"].fillna(0)
    for flag in ("is_weekend", "is_holiday", "seen"):
        days[flag] = days[flag].eq(True)
    return days


def _has_people(days: pd.DataFrame, chosen: np.ndarray, k: int) -> bool:
    """Whether a chosen day has ``k`` people (then the whole group has at least as many)."""
    return bool(chosen.any()) and bool(days["users"].to_numpy()[chosen].max() >= k)


def _weekend(counts: Floats, flag: np.ndarray, seen: np.ndarray) -> dict[str, Any] | None:
    """Paired t test over blocks of seven days, so neighbouring days are not taken for independent.

    Each block of seven fully seen days gives ln(mean of weekend days / mean of weekdays).
    """
    whole = len(counts) // 7
    ratios = []
    for block in range(whole):
        days = slice(block * 7, block * 7 + 7)
        free = flag[days]
        if seen[days].all() and free.any() and not free.all():
            on, off = counts[days][free].mean(), counts[days][~free].mean()
            ratios.append(np.log((on + 0.5) / (off + 0.5)))
    if len(ratios) < MIN_WEEKS or np.std(ratios) == 0:
        return None
    return {
        "statistic": _point_biserial(counts[seen], flag[seen]),
        "p_value": float(stats.ttest_1samp(ratios, 0.0).pvalue),
        "n": len(ratios) * 7,
        "effect": float(np.expm1(np.mean(ratios))),
    }


def _holiday(counts: Floats, flag: np.ndarray, seen: np.ndarray) -> dict[str, Any] | None:
    """Days against the usual same weekday; the null turns the series round (circular shift)."""
    if flag[seen].sum() < MIN_HOLIDAYS or seen.sum() < MIN_DAYS:
        return None
    weekday = np.arange(len(counts)) % 7
    usual = np.zeros(7)
    for day in range(7):
        chosen = (weekday == day) & seen & ~flag
        usual[day] = np.mean(np.log(counts[chosen] + 0.5)) if chosen.any() else np.nan
    rest = np.where(seen, np.log(counts + 0.5) - usual[weekday], 0.0)
    if not np.isfinite(rest).all():
        return None
    indicator = (flag & seen).astype(float)
    shifts = np.array([_point_biserial(rest, np.roll(indicator, s)) for s in range(len(rest))])
    return {
        "statistic": shifts[0],
        "p_value": _shift_p(shifts),
        "n": int(seen.sum()),
        "effect": float(np.expm1(rest[flag & seen].mean())),
    }


def _shift_p(shifts: Floats) -> float:
    """p of the correlation at shift 0 against those at all other shifts."""
    return float(shift_p_values(shifts[None, :1], shifts[None, 1:])[0, 0])


def _point_biserial(counts: Floats, flag: np.ndarray) -> float:
    """Pearson's r of counts with a yes/no flag; 0 when either does not vary."""
    if np.std(counts) == 0 or np.std(flag) == 0:
        return 0.0
    return float(np.corrcoef(counts, flag.astype(float))[0, 1])
