"""The best so far is chosen, and scored only on days that came later."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models_ml.patterns.forecasting.backtest import Backtest, backtest, origins
from models_ml.patterns.forecasting.candidates import seasonal_naive, weekday_mean
from models_ml.patterns.forecasting.selection import choose, score


def made(errors: list[list[float]], starts: tuple[int, ...]) -> Backtest:
    """Two models whose forecasts of 100 are off by ``errors`` [models, origins] on every day."""
    off = np.repeat(np.array(errors)[:, :, None], 7, axis=2)
    truth = np.full(off.shape[1:], 100.0)
    return Backtest(("seasonal_naive", "b"), starts, truth + off, truth, np.ones(len(starts)))


def test_the_least_error_so_far_is_chosen_and_one_without_answers_is_out():
    one = made([[2, 2, 0], [1, 1, 9]], (30, 37, 44))
    assert choose(one, 1) is None
    assert choose(one, 2).model == 1
    assert choose(one, 3).model == 0
    one.forecasts[1, 0, 3] = np.nan
    assert choose(one, 2).model == 0


def test_the_score_is_that_of_the_choice_made_then():
    one = made([[2, 2, 5, 5], [1, 1, 7, 0]], (30, 37, 44, 51))
    found = score(one)
    # at 44 model b was best (and then off by 7); at 51 the naive one was, 9 to 9 by 3 origins
    assert found.n_origins == 2
    assert found.mase == pytest.approx((7 + 5) / 2)
    assert found.naive_mase == pytest.approx(5.0)
    assert found.coverage == pytest.approx(0.5)


def test_days_that_had_not_passed_are_not_used():
    one = made([[2, 2, 5, 5], [1, 1, 7, 0]], (30, 37, 44, 51))
    near = replace(one, origins=(30, 32, 34, 36))
    assert score(near) is None


def test_later_truth_changes_no_earlier_choice():
    rng = np.random.default_rng(1)
    values = rng.poisson(30, 90).astype(float)
    models = {"seasonal_naive": seasonal_naive, "weekday_mean": weekday_mean}
    one = backtest(values, models, origins(90))
    later = replace(one, truth=one.truth.copy())
    later.truth[5:] = 999.0
    assert choose(one, 5) == choose(later, 5)


def test_on_noise_the_mean_wins_and_intervals_cover():
    rng = np.random.default_rng(2)
    models = {"seasonal_naive": seasonal_naive, "weekday_mean": weekday_mean}
    found = []
    for _ in range(60):
        values = rng.poisson(30, 120).astype(float)
        found.append(score(backtest(values, models, origins(120))))
    assert 0.85 <= np.mean([one.coverage for one in found]) <= 0.95
    assert np.mean([one.mase for one in found]) < np.mean([one.naive_mase for one in found]) < 1.1


def test_intervals_are_no_counts_below_zero():
    one = made([[2, 2, 5], [1, 1, 7]], (30, 37, 44))
    low, high = choose(one, 3).interval(np.array([0.0, 100.0]))
    assert low[0] == 0 and high[0] > 0 and low[1] < 100 < high[1]
