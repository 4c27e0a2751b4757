"""Lagged correlation against numpy, and its p-values on autocorrelated noise."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models_ml.patterns.temporal.hourly import standardised
from stevo_dagster.reports.lagged import circular_products, lagged_correlation


def noise(seed: int, pairs: int, hours: int, memory: float) -> np.ndarray:
    """Autoregressive noise of order one [pairs, hours], standardised."""
    rng = np.random.default_rng(seed)
    shocks = rng.normal(size=(pairs, hours))
    for hour in range(1, hours):
        shocks[:, hour] += memory * shocks[:, hour - 1]
    return standardised(shocks, np.ones(hours, dtype=bool))


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10_000), lag=st.integers(-5, 5))
def test_equals_numpy_on_the_circle(seed, lag):
    left, right = noise(seed, 1, 240, 0.5), noise(seed + 1, 1, 240, 0.5)
    found = lagged_correlation(left, right, 240, 5)
    expected = np.corrcoef(left[0], np.roll(right[0], -lag))[0, 1]
    np.testing.assert_allclose(found.r[0, found.lags.index(lag)], expected, atol=1e-10)


def test_a_shifted_copy_peaks_at_its_shift():
    left = noise(3, 1, 500, 0.0)
    found = lagged_correlation(left, np.roll(left, 7, axis=1), 500, 48)
    assert found.lags[int(np.argmax(found.r))] == 7
    assert found.p[0, found.lags.index(7)] < 1e-12


def test_p_values_respect_autocorrelation():
    left, right = noise(1, 400, 1000, 0.8), noise(2, 400, 1000, 0.8)
    found = lagged_correlation(left, right, 1000, 0)
    assert 0.02 < (found.p < 0.05).mean() < 0.09
    # what independent hours would have claimed
    naive = np.abs(found.r) * np.sqrt(1000) > 1.96
    assert naive.mean() > 0.2


def test_too_few_shifts_to_judge_by_give_no_claim():
    left = noise(1, 1, 150, 0.0)
    found = lagged_correlation(left, left, 150, 48)
    assert np.isnan(found.p).all()


def test_a_series_of_zeros_is_never_significant():
    zeros = np.zeros((1, 400))
    found = lagged_correlation(zeros, noise(1, 1, 400, 0.0), 400, 3)
    assert (found.p == 1).all()


def test_products_are_means_over_the_observed_hours():
    left, right = np.array([[1.0, 2.0, 0.0, 0.0]]), np.array([[3.0, 1.0, 0.0, 0.0]])
    np.testing.assert_allclose(circular_products(left, right, 2)[0], [2.5, 0.5, 0.0, 3.0])
