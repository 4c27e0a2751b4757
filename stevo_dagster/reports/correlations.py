"""The published table ``correlations``: what goes with what, when and where.

Here belong the choice of pairs, minimum support and q-values. The statistics live in ``lagged``,
``calendar_effects`` and ``space_time``.

Kinds (``statistic`` is a correlation in -1..1 in all of them):

- ``pearson``, ``spearman``: two event types, or two cells, in the same hour, less their usual week.
  ``effect``: more events of b per more event of a.
- ``lagged``: two event types, b ``lag_hours`` after a (before a when negative). Same ``effect``.
- ``calendar``: daily counts of a type against weekend or holiday. ``effect``: relative change.
- ``space_time``: distance from the centre (capped at its 99th percentile), or activity of the
  cell, against the local hour.
  ``effect``: kilometres, or the change of ln(activity), in that hour against the rest of the day.

Subjects: ``event_type:search``, ``cell:89…``, ``calendar:weekend``, ``calendar:holiday``,
``local_hour:17``, ``local_hour``, ``space:distance_km``, ``space:cell_activity``.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from models_ml.patterns.false_discovery import q_values_by_kind
from models_ml.patterns.temporal.hourly import (
    Floats,
    HourlySeries,
    count_residuals,
    hourly_series,
    residuals,
    standardised,
)
from stevo_dagster.reports.calendar_effects import calendar_rows
from stevo_dagster.reports.lagged import circular_products, lagged_correlation
from stevo_dagster.reports.space_time import space_time_rows

COLUMNS = {
    "kind": "str",
    "subject_a": "str",
    "subject_b": "str",
    "lag_hours": "int64",
    "statistic": "float64",
    "p_value": "float64",
    "q_value": "float64",
    "n": "int64",
    "effect": "float64",
}
# the order of a visit, so that a positive lag reads "a, then b"
TYPE_ORDER = ("click", "browse", "search", "cart", "purchase", "review", "favourite", "check_in")
MAX_LAG_HOURS = 48
MAX_CELLS = 20
MIN_EVENTS = 200
MIN_ACTIVE_HOURS = 50

Row = dict[str, Any]


def correlations(
    cell_hours: pd.DataFrame,
    calendar: pd.DataFrame,
    users: pd.DataFrame,
    *,
    k: int = 10,
    seed: int = 0,
) -> pd.DataFrame:
    """All correlations with enough support, columns and types of ``COLUMNS``.

    Args:
        cell_hours: agg_cell_hours (hour_at, local_hour, weekday, h3_r9, event_type, events, users).
        calendar: agg_calendar (day, users, is_weekend, is_holiday); days it lacks are unknown.
        users: distinct people per subject (subject, users), see ``people.subject_users``.
        k: subjects with fewer distinct people are not reported.
        seed: of the day rotations; the same seed gives the same table.

    A q-value is the larger of Benjamini-Hochberg over the whole table and over its kind: so many
    true claims of one kind do not carry chance ones of another.
    """
    if not len(cell_hours) or not len(calendar):
        return _table([])
    enough = set(users.loc[users["users"] >= k, "subject"])
    placed = cell_hours[cell_hours["h3_r9"].notna()]
    types = hourly_series(cell_hours, calendar, "event_type")
    types = _supported(types, "event_type", enough)
    rows = _type_rows(types)
    rows += calendar_rows(types, calendar, k)
    if len(placed):
        cells = hourly_series(placed, calendar, "h3_r9", _busiest(placed, enough))
        rows += _cell_rows(_supported(cells, "cell", enough))
        rows += space_time_rows(placed, enough, seed)
    return _table(rows)


def strongest(table: pd.DataFrame, q_below: float = 0.05) -> pd.DataFrame:
    """Supported claims, strongest first; of each kind and pair the lag with the largest r."""
    supported = table[table["q_value"] < q_below]
    order = supported["statistic"].abs().sort_values(ascending=False, kind="stable").index
    pairs = ["kind", "subject_a", "subject_b"]
    return supported.loc[order].drop_duplicates(pairs).reset_index(drop=True)


def leads(table: pd.DataFrame, q_below: float = 0.05) -> pd.DataFrame:
    """Claims that one event type leads another: ``strongest`` of kind lagged, less those whose
    correlation is larger in the same hour (they only share the hour's rise and fall)."""
    claims = strongest(table[table["kind"] == "lagged"], q_below)
    pairs = ["subject_a", "subject_b"]
    same_hour = table[table["kind"] == "pearson"].set_index(pairs)["statistic"].abs()
    here = same_hour.reindex(pd.MultiIndex.from_frame(claims[pairs])).fillna(0.0).to_numpy()
    return claims[claims["statistic"].abs().to_numpy() > here].reset_index(drop=True)


def _table(rows: list[Row]) -> pd.DataFrame:
    """Rows with finite p-values as the published table, with q-values."""
    finite = [row for row in rows if np.isfinite(row["p_value"]) and np.isfinite(row["statistic"])]
    frame = pd.DataFrame(finite, columns=[name for name in COLUMNS if name != "q_value"])
    frame["q_value"] = q_values_by_kind(frame["p_value"].astype(float), frame["kind"])
    return frame[list(COLUMNS)].astype(COLUMNS)


def _supported(series: HourlySeries, prefix: str, enough: set[str]) -> HourlySeries:
    """Only series with enough people, events and hours in which something happens."""
    keep = [
        index
        for index, label in enumerate(series.labels)
        if f"{prefix}:{label}" in enough
        and series.counts[index].sum() >= MIN_EVENTS
        and np.count_nonzero(series.counts[index]) >= MIN_ACTIVE_HOURS
    ]
    if prefix == "event_type":
        keep.sort(key=lambda index: (_type_rank(series.labels[index]), series.labels[index]))
    labels = [series.labels[index] for index in keep]
    return HourlySeries(labels, series.counts[keep], series.observed, series.hour_of_week)


def _busiest(placed: pd.DataFrame, enough: set[str]) -> list[str]:
    """The ``MAX_CELLS`` cells with the most events among those with enough people, by name.

    Chosen before series are made, so that memory does not grow with the number of cells.
    """
    totals = placed.groupby("h3_r9")["events"].sum().to_dict()
    known = [str(cell) for cell in totals if f"cell:{cell}" in enough]
    return sorted(sorted(known, key=lambda cell: (-totals[cell], cell))[:MAX_CELLS])


def _type_rank(event_type: str) -> int:
    """Place of a type in a visit; unknown types come last."""
    return TYPE_ORDER.index(event_type) if event_type in TYPE_ORDER else len(TYPE_ORDER)


def _type_rows(series: HourlySeries) -> list[Row]:
    """Pearson and Spearman at lag 0 and Pearson at every other lag, all pairs of types."""
    return _pair_rows(series, "event_type", MAX_LAG_HOURS)


def _cell_rows(series: HourlySeries) -> list[Row]:
    """Pearson and Spearman in the same hour, all pairs of the given cells."""
    return _pair_rows(series, "cell", 0)


def _pair_rows(series: HourlySeries, prefix: str, max_lag: int) -> list[Row]:
    """Rows of all pairs of ``series`` at lags -max_lag..max_lag."""
    pairs = list(combinations(range(len(series.labels)), 2))
    if not pairs or series.hours < 14 * 24:
        return []
    left, right = (list(side) for side in zip(*pairs, strict=True))
    rest = residuals(series)
    ranks = _ranked(rest, series)
    slopes = _slopes(count_residuals(series), left, right, max_lag)
    pearson = lagged_correlation(rest[left], rest[right], series.hours, max_lag)
    spearman = lagged_correlation(ranks[left], ranks[right], series.hours, 0)
    rows: list[Row] = []
    for index, (a, b) in enumerate(pairs):
        subjects = {
            "subject_a": f"{prefix}:{series.labels[a]}",
            "subject_b": f"{prefix}:{series.labels[b]}",
            "n": series.hours,
        }
        for column, lag in enumerate(pearson.lags):
            rows.append(
                {
                    **subjects,
                    "kind": "lagged" if lag else "pearson",
                    "lag_hours": lag,
                    "statistic": pearson.r[index, column],
                    "p_value": pearson.p[index, column],
                    "effect": slopes[index, column],
                }
            )
        rows.append(
            {
                **subjects,
                "kind": "spearman",
                "lag_hours": 0,
                "statistic": spearman.r[index, 0],
                "p_value": spearman.p[index, 0],
                "effect": slopes[index, max_lag],
            }
        )
    return rows


def _ranked(rest: Floats, series: HourlySeries) -> Floats:
    """Ranks of the observed residuals, standardised [series, hours]."""
    ranks = np.zeros_like(rest)
    ranks[:, series.observed] = stats.rankdata(rest[:, series.observed], axis=1)
    return standardised(ranks, series.observed)


def _slopes(counts: Floats, left: list[int], right: list[int], max_lag: int) -> Floats:
    """More events of b per more event of a [pairs, lags]: the least-squares slope."""
    n = counts.shape[1]
    shared = circular_products(counts[left], counts[right], n)[:, np.arange(-max_lag, max_lag + 1)]
    power = np.mean(counts[left] ** 2, axis=1, keepdims=True)
    return np.divide(shared, power, out=np.zeros_like(shared), where=power > 0)
