"""Does a forecast know more than the mean of all days so far?  A gain and its p-value.

Here belongs the test alone.  Seasonal naive is no yardstick for it: of days that are nothing but
noise around a level the mean is wrong by less than last week's value, and nothing was foreseen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import stats

from models_ml.patterns.forecasting.backtest import HORIZON, MAX_ORIGINS, Backtest, backtest
from models_ml.patterns.forecasting.candidates import Floats, Forecaster
from models_ml.patterns.forecasting.selection import choose

MIN_WEEKS = 3
FIRST_ORIGIN = 21


@dataclass(frozen=True)
class Gain:
    """Share of the mean's absolute error that the forecast saves, one-sided p-value, and weeks."""

    gain: float
    p_value: float
    weeks: int


def gain(values: Floats, models: Mapping[str, Forecaster]) -> Gain | None:
    """Test the method that was best so far, week by week, against the mean so far [days].

    The weeks do not overlap, so their differences of absolute errors are close to independent: a
    one-sided t test (Diebold and Mariano, J. Business & Economic Statistics 13(3), 1995, with the
    correction of Harvey, Leybourne and Newbold, Int. J. Forecasting 13(2), 1997, which for one step
    is the t test).  None with fewer than ``MIN_WEEKS`` weeks to judge by, or where nothing varies.
    """
    starts = range(len(values) - HORIZON, FIRST_ORIGIN - 1, -HORIZON)[:MAX_ORIGINS][::-1]
    if not starts or not np.ptp(values[: starts[0]]):
        return None
    saved, mean_errors = _savings(values, backtest(values, models, tuple(starts)))
    if len(saved) < MIN_WEEKS or np.ptp(saved) == 0:
        return None
    p_value = float(stats.ttest_1samp(saved, 0.0, alternative="greater").pvalue)
    return Gain(float(saved.mean() / mean_errors.mean()), p_value, len(saved))


def _savings(values: Floats, made: Backtest) -> tuple[Floats, Floats]:
    """Of each judged week: the mean's absolute error less the forecast's, and the mean's."""
    saved, errors = [], []
    for index, start in enumerate(made.origins):
        chosen = choose(made, index)
        if chosen is None:
            continue
        truth = made.truth[index]
        of_mean = float(np.abs(truth - values[:start].mean()).mean())
        of_model = float(np.abs(truth - made.forecasts[chosen.model, index]).mean())
        if np.isfinite(of_model):
            saved.append(of_mean - of_model)
            errors.append(of_mean)
    return np.array(saved), np.array(errors)
