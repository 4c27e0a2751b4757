"""The share of a cycle against two references, and a test that noise with memory passes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal, stats
from statsmodels.tsa.seasonal import seasonal_decompose
from statsmodels.tsa.stattools import acf

from models_ml.patterns.temporal.periodicity import autocorrelation, detrended, periodicity


@pytest.mark.parametrize("steps", [7, 24])
def test_share_is_eta_squared_and_the_harmonics_of_the_periodogram(steps):
    rng = np.random.default_rng(3)
    blocks = rng.normal(size=(2, 30, steps)) + np.sin(np.arange(steps) / steps * 2 * np.pi)
    blocks -= blocks.mean(axis=2, keepdims=True)
    share = periodicity(blocks, seed=0, rotations=9).share
    for index, one in enumerate(blocks):
        f = stats.f_oneway(*one.T).statistic
        between, within = steps - 1, one.size - steps
        assert share[index] == pytest.approx(f * between / (f * between + within))
        _, power = signal.periodogram(one.ravel(), scaling="spectrum", detrend=False)
        assert share[index] == pytest.approx(power[:: len(one)][1:].sum() / power.sum())


def test_noise_with_memory_is_called_periodic_as_rarely_as_p_says(make_counts):
    for memory in (0.0, 0.95):
        series = make_counts(4, 60, series=150, memory=memory)
        rest = detrended(np.sqrt(series.counts), 24).reshape(150, 60, 24)
        found = periodicity(rest, seed=1, rotations=299)
        assert 0.01 <= (found.p_value < 0.05).mean() <= 0.1


def test_a_weak_cycle_is_found_and_a_trend_is_none(make_counts):
    cycle = make_counts(5, 60, daily=0.1)
    found = periodicity(detrended(np.sqrt(cycle.counts), 24).reshape(1, 60, 24), seed=1)
    assert found.p_value[0] == 1 / 1000
    trend = make_counts(5, 140, series=40, trend=1.5).counts.reshape(40, 140, 24).sum(axis=2)
    found = periodicity(detrended(np.sqrt(trend), 7).reshape(40, 20, 7), seed=1)
    assert (found.p_value < 0.05).mean() <= 0.1


@pytest.mark.parametrize("window", [7, 24])
def test_moving_mean_is_that_of_classical_decomposition(window):
    values = np.random.default_rng(6).normal(size=(1, 200)).cumsum(axis=1)
    reference = values[0] - seasonal_decompose(values[0], period=window).trend
    inside = slice(window, -window)
    assert np.allclose(detrended(values, window)[0, inside], reference[inside])
    assert np.allclose(detrended(np.arange(100.0)[None], window), 0)


def test_autocorrelation_is_that_of_statsmodels():
    values = np.random.default_rng(7).normal(size=(3, 100)).cumsum(axis=1)
    found = autocorrelation(values, np.ones(100, bool), 7)
    assert np.allclose(found, [acf(row, nlags=7, fft=False)[7] for row in values])
    assert autocorrelation(np.ones((1, 50)), np.ones(50, bool), 7)[0] == 0
