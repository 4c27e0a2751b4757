"""Space against the hour of the day: are people farther out, or in busier cells, at some hours?

Here belong the event-weighted moments by day and hour and their tests. The unit of evidence is the
day: hours within a day and people within an hour are not taken for independent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import h3
import numpy as np
import pandas as pd
from scipy import stats

from models_ml.patterns.temporal.hourly import Floats

EARTH_RADIUS_KM = 6371.0088
ROTATIONS = 999
MIN_DAYS = 14
MIN_EVENTS_AN_HOUR = 50


@dataclass(frozen=True)
class DayHours:
    """Events and sums of a measure [days, 24 local hours], and the measure's total square.

    The measure is centred on each day's mean, so only differences within days are left.
    """

    events: Floats
    sums: Floats
    square: float


def space_time_rows(placed: pd.DataFrame, enough: set[str], seed: int) -> list[dict[str, Any]]:
    """Rows of kind ``space_time`` from the rows of agg_cell_hours that have a cell."""
    measures = cell_measures(placed)
    hours = [hour for hour in range(24) if f"local_hour:{hour}" in enough]
    rows = []
    for name in ("distance_km", "cell_activity"):
        moments = day_hours(placed, measures[name])
        if len(moments.events) < MIN_DAYS or moments.square <= 0:
            continue
        subject = {"subject_b": f"space:{name}", "kind": "space_time", "lag_hours": 0}
        rows.append({**subject, "subject_a": "local_hour", **_round_the_clock(moments, seed)})
        for hour in hours:
            found = _one_hour(moments, hour)
            if found is not None:
                rows.append({**subject, "subject_a": f"local_hour:{hour}", **found})
    return rows


def cell_measures(placed: pd.DataFrame) -> pd.DataFrame:
    """Per cell (index h3_r9): kilometres from the centre of activity, and ln of its events.

    Distances are capped at that of the nearest 99% of the events, so that a few journeys to another
    city do not drown the daily rhythm.
    """
    events = placed.groupby("h3_r9")["events"].sum().astype(float)
    points = np.radians([h3.cell_to_latlng(cell) for cell in events.index])
    centre = np.array(
        [_weighted_quantile(points[:, axis], events.to_numpy(), 0.5) for axis in (0, 1)]
    )
    half = np.sin((points - centre) / 2) ** 2
    arc = half[:, 0] + np.cos(points[:, 0]) * np.cos(centre[0]) * half[:, 1]
    distance = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(arc, 0, 1)))
    distance = np.minimum(distance, _weighted_quantile(distance, events.to_numpy(), 0.99))
    return pd.DataFrame(
        {"distance_km": distance, "cell_activity": np.log(events)}, index=events.index
    )


def day_hours(placed: pd.DataFrame, measure: pd.Series) -> DayHours:
    """Event-weighted moments of ``measure`` (per cell) by day and local hour."""
    day = pd.factorize(pd.to_datetime(placed["day"]), sort=True)[0]
    cell = day * 24 + placed["local_hour"].to_numpy(dtype=np.int64)
    weight = placed["events"].to_numpy(dtype=float)
    value = measure.reindex(placed["h3_r9"]).to_numpy(dtype=float)
    days = int(day.max()) + 1
    total = np.bincount(day, weights=weight, minlength=days)
    mean = np.bincount(day, weights=weight * value, minlength=days) / np.maximum(total, 1)
    value = value - mean[day]
    shape = (days, 24)
    events = np.bincount(cell, weights=weight, minlength=days * 24).reshape(shape)
    sums = np.bincount(cell, weights=weight * value, minlength=days * 24).reshape(shape)
    return DayHours(events, sums, float((weight * value**2).sum()))


def _round_the_clock(moments: DayHours, seed: int) -> dict[str, Any]:
    """Circular-linear correlation of hour and measure; the null turns each day's clock.

    R as in Mardia and Jupp, Directional Statistics (2000), 11.2.1, with event weights. ``effect``
    is the amplitude of the daily wave, in units of the measure.
    """
    turns = np.random.default_rng(seed).integers(0, 24, size=(ROTATIONS, len(moments.events)))
    turns = np.concatenate([np.zeros((1, turns.shape[1]), dtype=np.int64), turns])
    r, wave = _circular_linear(moments, turns)
    as_large = int(np.sum(r[1:] >= r[0] - 1e-12))
    return {
        "statistic": float(r[0]),
        "p_value": (as_large + 1) / (ROTATIONS + 1),
        "n": len(moments.events),
        "effect": float(wave[0]),
    }


def _circular_linear(moments: DayHours, turns: np.ndarray) -> tuple[Floats, Floats]:
    """R and the amplitude of the wave for every row of ``turns`` [rotations, days]."""
    angle = 2 * np.pi * np.arange(24) / 24
    n = moments.events.sum()

    def harmonic(table: Floats, order: int) -> np.ndarray:
        per_day = table @ np.exp(1j * order * angle)
        return np.exp(1j * order * 2 * np.pi * turns / 24) @ per_day / n

    first, second = harmonic(moments.events, 1), harmonic(moments.events, 2)
    joint = harmonic(moments.sums, 1)
    cos_sd = np.sqrt(np.maximum((1 + second.real) / 2 - first.real**2, 1e-12))
    sin_sd = np.sqrt(np.maximum((1 - second.real) / 2 - first.imag**2, 1e-12))
    sd = np.sqrt(moments.square / n)
    r_cos, r_sin = joint.real / (cos_sd * sd), joint.imag / (sin_sd * sd)
    r_both = (second.imag / 2 - first.real * first.imag) / (cos_sd * sin_sd)
    square = (r_cos**2 + r_sin**2 - 2 * r_cos * r_sin * r_both) / np.maximum(1 - r_both**2, 1e-9)
    r = np.sqrt(np.clip(square, 0, 1))
    # of a wave fitted by least squares, the amplitude is about sqrt(2) R sd
    return r, np.sqrt(2) * r * sd


def _one_hour(moments: DayHours, hour: int) -> dict[str, Any] | None:
    """One local hour against the rest of its day, paired over days (t test)."""
    events, sums = moments.events[:, hour], moments.sums[:, hour]
    rest_events, rest_sums = moments.events.sum(axis=1) - events, moments.sums.sum(axis=1) - sums
    usable = (events > 0) & (rest_events > 0)
    if usable.sum() < MIN_DAYS or events.sum() < MIN_EVENTS_AN_HOUR:
        return None
    gap = sums[usable] / events[usable] - rest_sums[usable] / rest_events[usable]
    if np.std(gap) == 0:
        return None
    n = moments.events.sum()
    share = events.sum() / n
    spread = np.sqrt(share * (1 - share) * moments.square / n)
    return {
        "statistic": float(sums.sum() / n / spread),
        "p_value": float(stats.ttest_1samp(gap, 0.0).pvalue),
        "n": int(usable.sum()),
        "effect": float(np.mean(gap)),
    }


def _weighted_quantile(values: Floats, weights: Floats, share: float) -> float:
    """The least value with at least ``share`` of the weight at or below it."""
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(below, below[-1] * share)])
