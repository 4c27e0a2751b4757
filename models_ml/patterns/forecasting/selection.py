"""The method that was best so far speaks, with an interval from its errors so far.

Here belongs the choice, and scoring that very procedure: at each origin the choice and the interval
rest only on forecasts whose days had passed, so the scores of the published forecast are not those
of a choice made in hindsight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models_ml.patterns.forecasting.backtest import HORIZON, Backtest
from models_ml.patterns.forecasting.candidates import SEASONAL_NAIVE, Floats
from models_ml.patterns.forecasting.conformal import half_width, unit

# Two whole horizons: 14 errors, of which a 90% interval needs nine.
MIN_PASSED = 2


@dataclass(frozen=True)
class Choice:
    """A model by its place among the candidates, and its half width in ``conformal.unit``."""

    model: int
    half_width: float

    def interval(self, mean: Floats) -> tuple[Floats, Floats]:
        """Low and high around means of counts."""
        reach = self.half_width * unit(mean)
        return np.maximum(mean - reach, 0.0), mean + reach


@dataclass(frozen=True)
class Score:
    """The procedure over ``n_origins`` origins: MASE, that of seasonal naive, and the share of
    days that lay within the interval."""

    mase: float
    naive_mase: float
    coverage: float
    n_origins: int


def choose(made: Backtest, passed: int) -> Choice | None:
    """The model with the least MASE over the first ``passed`` origins, and its interval.

    A model without an answer at one of them is out.  None before ``MIN_PASSED`` origins.
    """
    if passed < MIN_PASSED:
        return None
    errors = made.scaled_errors()[:, :passed].mean(axis=1)
    model = int(np.nan_to_num(errors, nan=np.inf).argmin())
    means = made.forecasts[model, :passed]
    scores = np.abs(means - made.truth[:passed]) / unit(means)
    return Choice(model, half_width(scores.ravel()))


def score(made: Backtest) -> Score | None:
    """Score the choice made at each origin on the days after it; None if there never was one."""
    naive = made.models.index(SEASONAL_NAIVE)
    scaled = made.scaled_errors()
    errors, naive_errors, inside = [], [], []
    for index, origin in enumerate(made.origins):
        passed = sum(earlier + HORIZON <= origin for earlier in made.origins)
        chosen = choose(made, passed)
        if chosen is None or not np.isfinite(scaled[chosen.model, index]):
            continue
        low, high = chosen.interval(made.forecasts[chosen.model, index])
        errors.append(scaled[chosen.model, index])
        naive_errors.append(scaled[naive, index])
        inside.append(((low <= made.truth[index]) & (made.truth[index] <= high)).mean())
    if not errors:
        return None
    return Score(
        float(np.mean(errors)), float(np.mean(naive_errors)), float(np.mean(inside)), len(errors)
    )
