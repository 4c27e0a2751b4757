"""Mann-Kendall against pymannkendall and SciPy's exact tail, with and without seasons and ties."""

from __future__ import annotations

import numpy as np
import pymannkendall
import pytest
from scipy import stats

from models_ml.patterns.spatial.trend import mann_kendall


@pytest.mark.parametrize("bins", [10, 45])
@pytest.mark.parametrize("values", [5, 1_000_000])
def test_scores_are_those_of_pymannkendall(bins, values):
    series = np.random.default_rng(bins).integers(0, values, (20, bins)).astype(float)
    series += np.linspace(0, 3, bins).round()
    found = mann_kendall(series)
    theirs = [pymannkendall.original_test(row) for row in series]
    assert found.z == pytest.approx([one.z for one in theirs])
    assert found.tau == pytest.approx([one.Tau for one in theirs])
    if bins > 30:
        assert found.p_value == pytest.approx([one.p for one in theirs])


def test_seasons_are_compared_among_themselves_as_pymannkendall_does():
    series = np.random.default_rng(5).normal(size=(20, 60)) + 3 * (np.arange(60) % 7)
    found = mann_kendall(series, period=7)
    theirs = [pymannkendall.seasonal_test(row, period=7) for row in series]
    assert found.z == pytest.approx([one.z for one in theirs])
    assert found.tau == pytest.approx([one.Tau for one in theirs])
    assert found.p_value == pytest.approx([one.p for one in theirs])


@pytest.mark.parametrize("bins", [3, 8, 12, 30])
def test_without_ties_p_is_exact(bins):
    series = np.random.default_rng(bins).normal(size=(30, bins))
    exact = [stats.kendalltau(np.arange(bins), row, method="exact").pvalue for row in series]
    assert mann_kendall(series).p_value == pytest.approx(exact, rel=1e-6)


def test_a_rise_of_ten_is_as_rare_as_one_order_in_all():
    found = mann_kendall(np.arange(10.0)[None])
    assert found.tau.tolist() == [1.0]
    assert found.p_value == pytest.approx([2 / 3_628_800])


@pytest.mark.parametrize(
    "series", [np.ones((2, 12)), np.ones((2, 1)), np.ones((2, 0)), np.arange(12.0).reshape(2, 6)]
)
@pytest.mark.parametrize("period", [1, 7])
def test_nothing_to_compare_is_no_trend(series, period):
    found = mann_kendall(series, period)
    if series.shape[1] == 6 and period == 1:
        assert (found.tau == 1).all()
    else:
        assert not found.z.any() and not found.tau.any()
        assert (found.p_value == 1).all()


def test_chance_is_called_a_trend_as_often_as_the_level_says():
    series = np.random.default_rng(9).normal(size=(4000, 56))
    assert np.mean(mann_kendall(series, 7).p_value < 0.05) == pytest.approx(0.05, abs=0.012)
