"""Intervals from errors that were made before, whatever the method assumes.

Here belong the split conformal quantile and the unit in which errors of counts are compared.
"""

from __future__ import annotations

import math

import numpy as np

from models_ml.patterns.forecasting.candidates import Floats

LEVEL = 0.9


def unit(forecasts: Floats) -> Floats:
    """Square root of the forecast, at least 1: counts of a larger mean are spread wider."""
    return np.sqrt(np.maximum(forecasts, 1.0))


def half_width(scores: Floats, level: float = LEVEL) -> float:
    """The ceil((n + 1) level)-th smallest of n scores; infinite where n is too small.

    Then a new score that is exchangeable with them is no larger with probability at least ``level``
    (Lei, G'Sell, Rinaldo, Tibshirani and Wasserman, JASA 113, 2018, section 2).
    """
    rank = math.ceil((len(scores) + 1) * level)
    return float(np.sort(scores)[rank - 1]) if rank <= len(scores) else math.inf
