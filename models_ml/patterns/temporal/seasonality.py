"""The published table ``seasonality``: which subjects follow a daily or a weekly cycle.

Here belong the rows, minimum support and q-values.  The statistics live in ``decomposition`` and
``periodicity``.

One row a subject and cycle (``period_hours`` 24 or 168):

- ``strength``, ``trend_strength``: F_S and F_T of an STL decomposition, 0..1.
- ``peak``: the usually busiest local hour (0..23) or weekday (1 = Monday .. 7), by the mean over
  cycles without the fifth with least and the fifth with most: one great sale does not make Friday
  the busiest.  ``peak_share``: its share of all events, 1/24 or 1/7 without a cycle.
- ``autocorrelation``: at the length of the cycle, slow movements taken out.
- ``statistic``: share of the variance within cycles that repeats from one to the next.
- ``p_value`` by rotation, ``q_value`` (Benjamini-Hochberg), ``n`` cycles.

Square roots of counts are analysed, whose variance does not grow with their mean; what lies beyond
four robust standard deviations counts as if it lay there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from models_ml.patterns.false_discovery import q_values_by_kind
from models_ml.patterns.temporal.contracts import SEASONALITY
from models_ml.patterns.temporal.decomposition import decompose, strengths
from models_ml.patterns.temporal.hourly import Floats, HourlySeries
from models_ml.patterns.temporal.local_blocks import Blocks, local_days, local_weeks
from models_ml.patterns.temporal.periodicity import autocorrelation, detrended, periodicity

MIN_EVENTS = 200
MIN_DAYS, MIN_WEEKS = 14, 6
TRIMMED = 0.2
# in robust standard deviations
CLIP = 4.0
# the median absolute deviation of a standard normal
MAD_OF_NORMAL = float(stats.norm.ppf(0.75))


@dataclass(frozen=True)
class _Cycle:
    """A cycle to be looked for: its length in hours and how few of it are too few."""

    hours: int
    least: int
    first_peak: int


DAY, WEEK = _Cycle(24, MIN_DAYS, 0), _Cycle(168, MIN_WEEKS, 1)


def seasonality(series: HourlySeries, seed: int = 0) -> pd.DataFrame:
    """Daily and weekly cycles of each series, columns and types of ``contracts.SEASONALITY``.

    Args:
        series: counts by hour; its labels become ``subject``.
        seed: of the rotations; the same seed gives the same table.

    q-values are controlled within each cycle as well: many true daily cycles do not carry chance
    weekly ones.
    """
    keep = np.flatnonzero(series.counts.sum(axis=1) >= MIN_EVENTS)
    supported = HourlySeries(
        [series.labels[index] for index in keep],
        series.counts[keep],
        series.observed,
        series.hour_of_week,
    )
    rows = _rows(supported.labels, local_days(supported), DAY, seed)
    rows += _rows(supported.labels, local_weeks(supported), WEEK, seed)
    frame = pd.DataFrame(rows, columns=[name for name in SEASONALITY.names if name != "q_value"])
    frame["q_value"] = q_values_by_kind(frame["p_value"].astype(float), frame["period_hours"])
    return SEASONALITY.table(frame)


def _rows(labels: list[str], blocks: Blocks, cycle: _Cycle, seed: int) -> list[dict[str, Any]]:
    """One row a series; none where there are too few whole cycles."""
    count = int(blocks.observed.sum())
    if count < cycle.least or not labels:
        return []
    known = np.repeat(blocks.observed, blocks.steps)
    values = np.sqrt(_filled(blocks) + 0.375).reshape(len(labels), -1)
    rest = _without_outliers(detrended(values, blocks.steps), known)
    found = periodicity(rest.reshape(blocks.values.shape)[:, blocks.observed], seed)
    repeats = autocorrelation(rest, known, blocks.steps)
    profile = blocks.values[:, blocks.observed].sum(axis=1)
    shares = profile / profile.sum(axis=1, keepdims=True)
    usual = stats.trim_mean(blocks.values[:, blocks.observed], TRIMMED, axis=1)
    peaks = usual.argmax(axis=1)
    rows = []
    for index, label in enumerate(labels):
        trend, season = strengths(decompose(values[index], blocks.steps), known)
        rows.append(
            {
                "subject": label,
                "period_hours": cycle.hours,
                "strength": season,
                "trend_strength": trend,
                "peak": (int(peaks[index]) + blocks.first_step) % blocks.steps + cycle.first_peak,
                "peak_share": shares[index, peaks[index]],
                "autocorrelation": repeats[index],
                "statistic": found.share[index],
                "p_value": found.p_value[index],
                "n": found.blocks,
            }
        )
    return rows


def _without_outliers(rest: Floats, known: NDArray[np.bool_]) -> Floats:
    """Values [series, time] clipped to ``CLIP`` standard deviations, told from the median's.

    The same bounds at all times, so that turning a block changes nothing of it.
    """
    middle = np.median(rest[:, known], axis=1, keepdims=True)
    scale = np.median(np.abs(rest[:, known] - middle), axis=1, keepdims=True) / MAD_OF_NORMAL
    reach = np.where(scale > 0, CLIP * scale, np.inf)
    return np.clip(rest, middle - reach, middle + reach)


def _filled(blocks: Blocks) -> Floats:
    """Values with the mean of their step where a block is not observed."""
    usual = blocks.values[:, blocks.observed].mean(axis=1, keepdims=True)
    return np.where(blocks.observed[:, None], blocks.values, usual)
