"""Origins, errors by their definition, and nothing after an origin in its forecast."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_ml.patterns.forecasting.backtest import (
    HORIZON,
    MAX_ORIGINS,
    MIN_HISTORY,
    backtest,
    naive_error,
    origins,
)
from models_ml.patterns.forecasting.candidates import candidates, seasonal_naive, weekday_mean

SIMPLE = {"seasonal_naive": seasonal_naive, "weekday_mean": weekday_mean}


@given(days=st.integers(0, 1000))
def test_origins_leave_a_history_and_a_horizon(days):
    found = origins(days)
    assert len(found) <= MAX_ORIGINS and list(found) == sorted(set(found))
    if days < MIN_HISTORY + HORIZON:
        assert found == ()
    else:
        assert found[0] >= MIN_HISTORY and found[-1] == days - HORIZON
        assert all(0 < b - a <= HORIZON for a, b in pairwise(found))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), days=st.integers(50, 90), cut=st.integers(36, 80))
def test_a_changed_future_leaves_earlier_forecasts_as_they_were(seed, days, cut):
    rng = np.random.default_rng(seed)
    values = rng.poisson(20, days).astype(float)
    changed = values.copy()
    changed[cut:] = rng.poisson(400, len(changed[cut:]))
    starts = origins(days)
    before, after = (backtest(one, SIMPLE, starts) for one in (values, changed))
    known = np.array(starts) <= cut
    assert np.array_equal(before.forecasts[:, known], after.forecasts[:, known])
    assert np.array_equal(before.scale[known], after.scale[known])


def test_so_do_the_fitted_methods_to_the_bit():
    rng = np.random.default_rng(4)
    values = rng.poisson(20, 60).astype(float)
    changed = values.copy()
    changed[45:] = 900.0
    found = []
    for one in (values, changed):
        found.append(backtest(one, candidates(one[:40]), (40, 45)).forecasts)
    assert np.array_equal(found[0], found[1])


def test_a_method_cannot_write_into_the_series():
    def spoils(history, horizon):
        history[:] = 0
        return np.zeros(horizon)

    values = np.arange(50.0)
    backtest(values, {"spoils": spoils}, (30, 40))
    assert values[49] == 49


def test_scaled_errors_by_hand():
    # Hyndman and Koehler (2006), equation for q_t with a season of seven
    values = np.concatenate([np.tile(np.arange(7.0), 5) + np.repeat(np.arange(5.0), 7)])
    made = backtest(values, {"zero": lambda history, horizon: np.zeros(horizon)}, (28,))
    assert naive_error(values[:28]) == 1.0
    assert made.scaled_errors()[0, 0] == pytest.approx(np.mean(values[28:35]))
