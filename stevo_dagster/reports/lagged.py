"""Correlation of pairs of series at every lag, with p-values that respect autocorrelation.

Here belongs the statistic alone; which pairs are asked, and the table, live in ``correlations``.

The null is that one series may be turned round its axis (circular shift) without changing what is
seen: shifting keeps each series' own autocorrelation and breaks only what ties the two together.
The spread of the correlation over all far shifts is the standard error at the near ones; a
Student t with the kurtosis of those shifts stands in for tails that counting shifts cannot reach.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from models_ml.patterns.temporal.hourly import Floats

MIN_FAR_SHIFTS = 100


@dataclass(frozen=True)
class LaggedCorrelation:
    """``r`` and ``p`` [pairs, lags] at ``lags`` (hours, b after a when positive)."""

    lags: list[int]
    r: Floats
    p: Floats


def circular_products(left: Floats, right: Floats, n: int) -> Floats:
    """Mean of left[t] * right[t + s] over t for every circular shift s [pairs, shifts], by FFT."""
    length = left.shape[-1]
    spectrum = np.conj(np.fft.rfft(left)) * np.fft.rfft(right)
    return np.fft.irfft(spectrum, n=length) / max(n, 1)


def lagged_correlation(left: Floats, right: Floats, n: int, max_lag: int) -> LaggedCorrelation:
    """Correlate rows of ``left`` and ``right`` [pairs, hours] at lags -max_lag..max_lag.

    Rows are standardised residuals; ``n`` is the number of observed hours. Equals Pearson's r of
    ``left[t]`` with ``right[t + lag]`` on the circle (tested against ``np.corrcoef``). With too few
    far shifts to judge by, r and p are NaN.
    """
    every = circular_products(left, right, n)
    length = every.shape[1]
    lags = list(range(-max_lag, max_lag + 1))
    far = every[:, max_lag + 1 : length - max_lag]
    if far.shape[1] < MIN_FAR_SHIFTS:
        nothing = np.full((len(every), len(lags)), np.nan)
        return LaggedCorrelation(lags, nothing, nothing)
    r = every[:, lags]
    return LaggedCorrelation(lags, r, shift_p_values(r, far))


def shift_p_values(r: Floats, far: Floats) -> Floats:
    """Two-sided p [pairs, lags] of ``r`` against the correlations at far shifts [pairs, shifts].

    A t distribution of 4 + 6 / kurtosis degrees of freedom has the excess kurtosis of the shifts.
    """
    error = np.sqrt(np.mean(far**2, axis=1, keepdims=True))
    excess = stats.kurtosis(far, axis=1, bias=True)
    degrees = np.where(excess > 0.05, 4 + 6 / np.maximum(excess, 0.05), 1e6)[:, None]
    # matched variance: a t of few degrees is wider than its scale
    scale = error * np.sqrt((degrees - 2) / degrees)
    score = np.divide(np.abs(r), scale, out=np.zeros_like(r), where=scale > 0)
    return np.asarray(2 * stats.t.sf(score, degrees), dtype=float)
