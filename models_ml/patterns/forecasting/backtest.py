"""What each method would have said as of earlier days: a rolling origin.

Here belong origins, forecasts and the scale of errors.  Which method is then believed is for
``selection``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models_ml.patterns.forecasting.candidates import WEEK, Floats, Forecaster

HORIZON = 7
MIN_HISTORY = 28
MAX_ORIGINS = 10


@dataclass(frozen=True)
class Backtest:
    """Forecasts of ``models`` [models, origins, horizon] and what came [origins, horizon].

    An origin is the number of days that were known; ``scale`` [origins] is the error that one of
    1.0 stands for.
    """

    models: tuple[str, ...]
    origins: tuple[int, ...]
    forecasts: Floats
    truth: Floats
    scale: Floats

    def scaled_errors(self) -> Floats:
        """Mean absolute scaled error of each model and origin [models, origins] (MASE).

        Hyndman and Koehler, "Another look at measures of forecast accuracy", Int. J. Forecasting
        22(4), 2006: absolute errors over those of the seasonal naive method in the history.
        """
        return np.abs(self.forecasts - self.truth).mean(axis=2) / self.scale


def origins(days: int) -> tuple[int, ...]:
    """At most ``MAX_ORIGINS`` days to forecast from, the last a horizon before the end.

    They are a horizon apart where the history is long enough, closer together where it is not.
    """
    last = days - HORIZON
    if last < MIN_HISTORY:
        return ()
    step = min(max((last - MIN_HISTORY) // (MAX_ORIGINS - 1), 1), HORIZON)
    return tuple(range(last, MIN_HISTORY - 1, -step))[:MAX_ORIGINS][::-1]


def backtest(values: Floats, models: Mapping[str, Forecaster], starts: tuple[int, ...]) -> Backtest:
    """Ask every model at every origin, showing it the days before alone.

    Args:
        values: counts [days], without gaps.
        models: by name.
        starts: origins, ascending.
    """
    forecasts = np.array(
        [
            [np.maximum(model(values[:start].copy(), HORIZON), 0.0) for start in starts]
            for model in models.values()
        ]
    )
    truth = np.array([values[start : start + HORIZON] for start in starts])
    scale = np.array([naive_error(values[:start]) for start in starts])
    return Backtest(tuple(models), starts, forecasts, truth, scale)


def naive_error(history: Floats) -> float:
    """Mean absolute difference from the week before, the denominator of MASE."""
    return float(np.abs(history[WEEK:] - history[:-WEEK]).mean())
