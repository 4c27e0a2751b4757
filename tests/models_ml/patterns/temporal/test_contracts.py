"""Tables in time say how much stands behind a row."""

from __future__ import annotations

from models_ml.patterns.temporal.contracts import FORECASTS, SEASONALITY


def test_cycles_and_earlier_weeks_are_counted():
    assert SEASONALITY.types["n"] == FORECASTS.types["n_origins"] == "int64"
