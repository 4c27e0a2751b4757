"""Hourly count series, and what is left of them when the usual week is taken out.

Here belong the shape of the series (gaps, local time, weeks) and deseasonalising. Statistics of
pairs live in ``lagged``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[Any]
HOURS_A_WEEK = 168
WEEKS_FOR_HOUR_OF_WEEK = 4


@dataclass(frozen=True)
class HourlySeries:
    """Counts [series, hours] on a gapless UTC hour axis.

    ``observed`` [hours] is false on days the calendar does not have (not loaded, so unknown rather
    than zero). ``hour_of_week`` [hours] is local: 0 = Monday 00:00.
    """

    labels: list[str]
    counts: Floats
    observed: NDArray[np.bool_]
    hour_of_week: NDArray[Any]

    @property
    def hours(self) -> int:
        """Number of observed hours."""
        return int(self.observed.sum())


def hourly_series(
    cell_hours: pd.DataFrame, calendar: pd.DataFrame, by: str, keep: list[str] | None = None
) -> HourlySeries:
    """Sum ``cell_hours`` (columns of agg_cell_hours) to one hourly series per value of ``by``.

    The axis runs from the first to the last day of ``calendar``; ``keep`` selects and orders the
    values of ``by``.
    """
    days = pd.to_datetime(calendar["day"]).dt.tz_localize("UTC")
    start = days.min()
    n_hours = int((days.max() - start).days + 1) * 24
    observed = np.zeros(n_hours, dtype=bool)
    for offset in (days - start).dt.days.unique():
        observed[offset * 24 : offset * 24 + 24] = True

    position = _hour_position(cell_hours["hour_at"], start)
    inside = (position >= 0) & (position < n_hours)
    rows = cell_hours.loc[inside]
    position = position[inside]
    labels = keep if keep is not None else sorted(rows[by].dropna().unique())
    codes = pd.Index(labels).get_indexer(pd.Index(rows[by]))
    known = codes >= 0
    counts = np.zeros((len(labels), n_hours))
    events = rows["events"].to_numpy(dtype=float)
    np.add.at(counts, (codes[known], position[known]), events[known])
    return HourlySeries(
        list(labels), counts, observed, _hour_of_week(rows, position, start, n_hours)
    )


def _hour_position(hour_at: pd.Series, start: pd.Timestamp) -> Floats:
    """Whole hours since ``start`` (UTC midnight)."""
    since = pd.to_datetime(hour_at, utc=True) - start
    return (since // pd.Timedelta(hours=1)).to_numpy(dtype=np.int64)


def _hour_of_week(
    rows: pd.DataFrame, position: NDArray[Any], start: pd.Timestamp, n_hours: int
) -> Floats:
    """Local hour of the week for every hour of the axis.

    Each hour takes the offset from UTC that most of its events have; hours without events take
    that of the last hour which has some, so a change of daylight saving time is followed.
    """
    utc = (start.day_of_week * 24 + np.arange(n_hours)) % HOURS_A_WEEK
    local = (rows["weekday"].to_numpy() - 1) * 24 + rows["local_hour"].to_numpy()
    votes = pd.DataFrame(
        {
            "position": position,
            "offset": (local - utc[position]) % HOURS_A_WEEK,
            "events": rows["events"].to_numpy(dtype=float),
        }
    )
    totals = votes.groupby(["position", "offset"], as_index=False)["events"].sum()
    ordered = totals.iloc[np.argsort(totals["events"].to_numpy(), kind="stable")]
    winners = ordered.groupby("position")["offset"].last()
    offsets = winners.reindex(range(n_hours)).ffill().bfill().fillna(0)
    return np.asarray((utc + offsets.to_numpy(dtype=np.int64)) % HOURS_A_WEEK, dtype=np.int64)


def residuals(series: HourlySeries) -> Floats:
    """What the usual week does not explain [series, hours]: mean 0, mean square 1, 0 if unobserved.

    Square roots steady the variance of counts; then the mean of each hour of the week (of each hour
    of the day when there are fewer than four weeks) and a moving mean of seven days are taken out,
    and each hour of the day is divided by its spread, so busy hours do not rule the correlation.
    """
    roots = np.sqrt(series.counts + 0.375)
    rest = _without_trend(_without_season(roots, series), series)
    hour_of_day = series.hour_of_week % 24
    power = np.zeros((len(rest), 24))
    for hour in range(24):
        chosen = (hour_of_day == hour) & series.observed
        power[:, hour] = np.mean(rest[:, chosen] ** 2, axis=1) if chosen.any() else 0.0
    typical = power.mean(axis=1, keepdims=True)
    # a floor, so that one event in a dead hour of the night does not weigh like a crowd
    spread = np.sqrt(np.maximum(power, typical / 4))
    scaled = np.divide(
        rest, spread[:, hour_of_day], out=np.zeros_like(rest), where=spread[:, hour_of_day] > 0
    )
    return standardised(scaled, series.observed)


def count_residuals(series: HourlySeries) -> Floats:
    """Counts less their usual week, in events an hour [series, hours]; 0 where unobserved."""
    return _without_trend(_without_season(series.counts, series), series)


def standardised(values: Floats, observed: NDArray[np.bool_]) -> Floats:
    """Scale each row to mean 0 and mean square 1 over the observed hours, 0 elsewhere."""
    n = max(int(observed.sum()), 1)
    centred = (values - values[:, observed].sum(axis=1, keepdims=True) / n) * observed
    size = np.sqrt((centred**2).sum(axis=1, keepdims=True) / n)
    return np.divide(centred, size, out=np.zeros_like(centred), where=size > 1e-12)


def _without_season(values: Floats, series: HourlySeries) -> Floats:
    """Take out the mean of each hour of the week, or of the day when weeks are few."""
    enough = series.hours >= WEEKS_FOR_HOUR_OF_WEEK * HOURS_A_WEEK
    group = series.hour_of_week if enough else series.hour_of_week % 24
    size = HOURS_A_WEEK if enough else 24
    seen = np.bincount(group[series.observed], minlength=size)
    sums = (
        np.stack(
            [
                np.bincount(group[series.observed], weights=row[series.observed], minlength=size)
                for row in values
            ]
        )
        if len(values)
        else np.zeros((0, size))
    )
    means = sums / np.maximum(seen, 1)
    return (values - means[:, group]) * series.observed


def _without_trend(values: Floats, series: HourlySeries) -> Floats:
    """Take out a centred moving mean of seven days when there are at least four weeks."""
    if series.hours < WEEKS_FOR_HOUR_OF_WEEK * HOURS_A_WEEK:
        return values
    half = HOURS_A_WEEK // 2
    edges = np.arange(values.shape[1])
    low, high = np.maximum(edges - half, 0), np.minimum(edges + half + 1, values.shape[1])
    sums = np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)
    seen = np.concatenate([[0], np.cumsum(series.observed)])
    means = (sums[:, high] - sums[:, low]) / np.maximum(seen[high] - seen[low], 1)
    return (values - means) * series.observed
