"""Each method against a closed form."""

from __future__ import annotations

import numpy as np
import pytest

from models_ml.patterns.forecasting import candidates as module
from models_ml.patterns.forecasting.candidates import (
    ORDERS,
    arima,
    arima_order,
    candidates,
    ets,
    seasonal_naive,
    weekday_mean,
)

WEEKS = np.tile([5.0, 6, 7, 8, 9, 20, 30], 8)


def counts(seed: int, days: int = 84) -> np.ndarray:
    """Poisson counts with a week."""
    rng = np.random.default_rng(seed)
    return rng.poisson(40 + 15 * np.sin(np.arange(days) / 7 * 2 * np.pi)).astype(float)


def test_every_method_repeats_a_week_that_never_changes():
    for name, model in candidates(WEEKS[:28]).items():
        assert np.allclose(model(WEEKS, 10), np.resize(WEEKS, 10), atol=0.05), name


def test_simple_methods_by_hand():
    history = np.arange(35.0)
    assert seasonal_naive(history, 9).tolist() == [28, 29, 30, 31, 32, 33, 34, 28, 29]
    assert weekday_mean(history, 7).tolist() == [17.5, 18.5, 19.5, 20.5, 21.5, 22.5, 23.5]


def test_arima_without_memory_is_an_exponential_mean_of_each_weekday():
    # (0,0,0)(0,1,1) of a week: Muth, "Optimal properties of exponentially weighted forecasts", 1960
    rng = np.random.default_rng(1)
    levels = 100 + rng.normal(0, 5, (60, 7)).cumsum(axis=0)
    history = (levels + rng.normal(0, 5, (60, 7))).ravel()
    theta = module._arima(history, (0, 0)).params[0]
    levels = history.reshape(-1, 7)[0]
    for week in history.reshape(-1, 7)[1:]:
        levels = levels + (1 + theta) * (week - levels)
    assert arima(history, 7, (0, 0)) == pytest.approx(levels, rel=0.02)


def test_ets_is_near_the_truth_it_was_drawn_from():
    truth = 40 + 15 * np.sin(np.arange(84, 91) / 7 * 2 * np.pi)
    found = ets(counts(2), 7)
    assert np.abs(found - truth).mean() < np.abs(seasonal_naive(counts(2), 7) - truth).mean()


def test_the_order_is_that_of_the_least_aicc():
    rng = np.random.default_rng(3)
    state, values = 0.0, []
    for _ in range(200):
        state = 0.8 * state + rng.normal(0, 5)
        values.append(100 + state)
    history = np.array(values)
    by_hand = [module._arima(history, order).aicc for order in ORDERS]
    assert arima_order(history) == ORDERS[int(np.argmin(by_hand))]
    assert arima_order(history)[0] == 1


def test_a_fit_without_a_solution_is_no_answer():
    def fails():
        raise np.linalg.LinAlgError("singular")

    assert np.isnan(module._forecast(fails, 7)).all()
