"""Methods that forecast one series of daily counts a week or so ahead.

Here belong the methods alone, each a function of the past; judging them is for ``backtest``.  A
method answers with means only: intervals come from its own errors (``conformal``), not from what it
assumes of noise.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]
# history [days], horizon -> means [horizon]; NaN where it can't be fitted
Forecaster = Callable[[Floats, int], Floats]

WEEK = 7
WEEKS_OF_MEAN = 4
ORDERS = ((0, 0), (1, 0), (0, 1), (1, 1))
SEASONAL_NAIVE = "seasonal_naive"


def candidates(history: Floats) -> Mapping[str, Forecaster]:
    """The methods by name; what has to be chosen in them is chosen on ``history`` [days] alone."""
    return {
        SEASONAL_NAIVE: seasonal_naive,
        "weekday_mean": weekday_mean,
        "ets": ets,
        "arima": partial(arima, order=arima_order(history)),
    }


def seasonal_naive(history: Floats, horizon: int) -> Floats:
    """The last week again (Hyndman and Athanasopoulos 2021, section 5.2)."""
    return np.resize(history[-WEEK:], horizon)


def weekday_mean(history: Floats, horizon: int) -> Floats:
    """The mean of the same weekday over the last four weeks."""
    weeks = min(WEEKS_OF_MEAN, len(history) // WEEK)
    return np.resize(history[-weeks * WEEK :].reshape(weeks, WEEK).mean(axis=0), horizon)


def ets(history: Floats, horizon: int) -> Floats:
    """Exponential smoothing with additive errors and week, no trend: ETS(A, N, A).

    ``statsmodels.tsa.exponential_smoothing.ets.ETSModel``; Hyndman, Koehler, Ord and Snyder,
    Forecasting with Exponential Smoothing (2008).
    """
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    model = ETSModel(history, error="add", seasonal="add", seasonal_periods=WEEK)
    return _forecast(lambda: model.fit(disp=False, maxiter=100).forecast(horizon), horizon)


def arima(history: Floats, horizon: int, order: tuple[int, int]) -> Floats:
    """ARIMA(p, 0, q)(0, 1, 1) of a week: differences from last week, with what they remember."""
    return _forecast(lambda: _arima(history, order).forecast(horizon), horizon)


def arima_order(history: Floats) -> tuple[int, int]:
    """The (p, q) of ``ORDERS`` with the least AICc, the corrected criterion of Hurvich and Tsai
    (1989); as Hyndman and Khandakar (2008) choose, over a grid small enough to try whole."""
    scores = [_forecast(partial(_aicc, history, order), 1)[0] for order in ORDERS]
    known = np.nan_to_num(np.array(scores), nan=np.inf)
    return ORDERS[int(known.argmin())]


def _aicc(history: Floats, order: tuple[int, int]) -> Any:
    """Corrected Akaike criterion of a fit."""
    return _arima(history, order).aicc


def _arima(history: Floats, order: tuple[int, int]) -> Any:
    """A fitted ``statsmodels.tsa.statespace.sarimax.SARIMAX``."""
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    p, q = order
    model = SARIMAX(
        history, order=(p, 0, q), seasonal_order=(0, 1, 1, WEEK), concentrate_scale=True
    )
    return model.fit(disp=False, maxiter=50)


def _forecast(answer: Callable[[], Any], horizon: int) -> Floats:
    """The answer of a fit [horizon]; NaN where the fit has no solution."""
    # Before the filter: what is imported within would put its own in front of it.
    import statsmodels.tsa.statespace.sarimax  # noqa: F401

    with warnings.catch_warnings():
        # A fit that stops early is a forecast like any other: the backtest says what it is worth.
        warnings.simplefilter("ignore")
        try:
            return np.atleast_1d(np.asarray(answer(), dtype=float))
        except np.linalg.LinAlgError:
            return np.full(horizon, np.nan)
