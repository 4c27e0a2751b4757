"""The table: its columns, which series are in it, and how good it says it is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models_ml.patterns.forecasting import forecasts as module
from models_ml.patterns.forecasting.forecasts import forecasts
from models_ml.patterns.temporal.contracts import FORECASTS


def days_of(seed: int, rates: dict[str, float], days: int = 70) -> pd.DataFrame:
    """Rows of agg-like counts of cells with a weekly cycle; zero counts have no row."""
    rng = np.random.default_rng(seed)
    axis = pd.date_range("2024-01-01", periods=days)
    week = 1 + 0.6 * np.sin(np.arange(days) / 7 * 2 * np.pi)
    parts = [
        pd.DataFrame(
            {"cell": cell, "event_type": "click", "day": axis, "events": rng.poisson(rate * week)}
        )
        for cell, rate in rates.items()
    ]
    frame = pd.concat(parts, ignore_index=True)
    return frame[frame["events"] > 0]


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return forecasts(days_of(1, {"all": 200.0, "89a": 8.0, "89b": 0.5}))


def test_columns_and_types_are_the_published_ones(table):
    assert {name: str(kind) for name, kind in table.dtypes.items()} == FORECASTS.types
    assert not table.isna().any().any()
    assert not table.duplicated(["cell", "event_type", "day"]).any()


def test_the_week_after_the_last_day_is_forecast_where_there_is_support(table):
    assert set(table["cell"]) == {"all", "89a"}
    whole = table[table["cell"] == "all"]
    assert list(whole["day"]) == list(pd.date_range("2024-03-11", periods=7))
    assert ((whole["low"] <= whole["mean"]) & (whole["mean"] <= whole["high"])).all()
    truth = 200 * (1 + 0.6 * np.sin(np.arange(70, 77) / 7 * 2 * np.pi))
    assert np.abs(whole["mean"] - truth).mean() < 20
    assert (table["mase"] < 1).all()


def test_row_order_does_not_matter(table):
    frame = days_of(1, {"all": 200.0, "89a": 8.0, "89b": 0.5}).sample(frac=1, random_state=2)
    pd.testing.assert_frame_equal(table, forecasts(frame))


def test_the_busiest_are_taken_when_there_are_too_many(monkeypatch):
    monkeypatch.setattr(module, "MAX_SERIES", 1)
    assert set(forecasts(days_of(3, {"89a": 6.0, "89b": 40.0}, 50))["cell"]) == {"89b"}


def test_short_constant_or_missing_series_are_left_out():
    constant = days_of(4, {"89a": 5.0}).assign(events=3)
    constant = constant.set_index("day").reindex(
        pd.date_range("2024-01-01", periods=70), method="nearest"
    )
    constant = constant.rename_axis("day").reset_index()
    for frame in (days_of(4, {"89a": 9.0}, 30), constant, constant.iloc[:0]):
        found = forecasts(frame)
        assert not len(found)
        assert {name: str(kind) for name, kind in found.dtypes.items()} == FORECASTS.types
