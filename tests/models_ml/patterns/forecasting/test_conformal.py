"""The conformal quantile by hand, and that it covers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from models_ml.patterns.forecasting.conformal import half_width, unit


def test_half_width_by_hand():
    scores = np.array([3.0, 1, 2, 9, 4, 5, 6, 7, 8])
    assert half_width(scores, 0.9) == 9
    assert half_width(scores, 0.5) == 5
    assert half_width(scores[:8], 0.9) == math.inf


def test_unit_is_the_spread_of_a_poisson_count():
    assert unit(np.array([0.0, 0.5, 1, 100])).tolist() == [1, 1, 1, 10]


@pytest.mark.parametrize("n", [9, 14, 40])
def test_a_new_score_is_inside_as_often_as_promised(n):
    rng = np.random.default_rng(n)
    inside = [rng.exponential() <= half_width(rng.exponential(size=n)) for _ in range(4000)]
    # exact: ceil((n + 1) 0.9) / (n + 1)
    assert np.mean(inside) == pytest.approx(math.ceil((n + 1) * 0.9) / (n + 1), abs=0.02)
