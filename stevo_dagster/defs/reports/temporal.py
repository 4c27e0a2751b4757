"""Patterns in time: cycles, changes, forecasts and what evolves.

Belongs here: which tables there are and what makes each. Does not belong here: statistics.
"""

from typing import TYPE_CHECKING

from stevo_dagster.defs.reports.patterns import pattern

if TYPE_CHECKING:
    import duckdb
    import pandas as pd


def _seasonality(con: "duckdb.DuckDBPyConnection", k: int) -> "pd.DataFrame":
    """The seasonality table."""
    from stevo_dagster.reports.temporal import read_seasonality

    return read_seasonality(con, k=k)


def _changes(con: "duckdb.DuckDBPyConnection", k: int) -> "pd.DataFrame":
    """The changes table."""
    from stevo_dagster.reports.temporal import read_changes

    return read_changes(con, k=k)


def _forecasts(con: "duckdb.DuckDBPyConnection", k: int) -> "pd.DataFrame":
    """The forecasts table."""
    from stevo_dagster.reports.temporal import read_forecasts

    return read_forecasts(con, k=k)


def _evolution(con: "duckdb.DuckDBPyConnection", k: int) -> "pd.DataFrame":
    """The evolution table; without coordinates it holds retention alone."""
    from stevo_dagster.reports.evolution_inputs import read_evolution

    return read_evolution(con, k)


find_cycles = pattern(
    "seasonality",
    "find_cycles",
    "Daily and weekly cycles of event types, categories and cells, with q-values.",
    _seasonality,
    kind="statsmodels",
)
find_changes = pattern(
    "changes",
    "find_changes",
    "Holidays, pay days and changes of level: how much more or less, with intervals and q-values.",
    _changes,
    kind="scipy",
)
forecast_days = pattern(
    "forecasts",
    "forecast_days",
    "Events a day in the week to come, by the method that was best before, with intervals.",
    _forecasts,
    kind="statsmodels",
)
follow_evolution = pattern(
    "evolution",
    "follow_evolution",
    "How things change over the weeks: drifts, communities, movement, retention, with intervals.",
    _evolution,
    kind="scipy",
)

ASSETS = [find_cycles, find_changes, forecast_days, follow_evolution]
