"""Gain over the mean: a week that repeats is foreseen; of noise no more is claimed than said."""

from __future__ import annotations

import numpy as np
import pytest

from models_ml.patterns.forecasting.candidates import seasonal_naive, weekday_mean
from models_ml.patterns.forecasting.gain import gain

MODELS = {"seasonal_naive": seasonal_naive, "weekday_mean": weekday_mean}
WEEK = np.array([50, 50, 50, 50, 80, 120, 110])


def test_a_week_that_repeats_is_foreseen():
    values = np.random.default_rng(0).poisson(np.tile(WEEK, 12)).astype(float)
    found = gain(values, MODELS)
    assert found is not None
    assert found.p_value < 0.001
    assert found.gain > 0.5
    assert found.weeks == 7


def test_of_noise_no_more_is_claimed_than_said():
    rng = np.random.default_rng(1)
    found = [gain(rng.poisson(60, 70).astype(float), MODELS) for _ in range(200)]
    assert np.mean([one.p_value < 0.05 for one in found if one]) <= 0.05
    assert all(one is not None for one in found)


@pytest.mark.parametrize("values", [np.full(70, 5.0), np.arange(30, dtype=float)])
def test_nothing_is_said_where_nothing_varies_or_weeks_are_few(values):
    assert gain(values, MODELS) is None
