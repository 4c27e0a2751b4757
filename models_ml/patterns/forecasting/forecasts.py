"""The published table ``forecasts``: the days to come of each series, by its best method.

Here belong the rows and which series are forecast; methods, backtests and intervals have files of
their own.

One row a series and day.  ``model`` is the method that was best over all backtests of that series;
``low`` and ``high`` hold the day with probability 0.9.  ``mase`` (1 is as wrong as repeating the
last week was in the history) and ``coverage`` were measured on ``n_origins`` earlier days with the
method and interval that would have been chosen then; ``naive_mase`` is seasonal naive's there.
``gain`` and its p- and q-value say whether more is foreseen than the mean of the past (``gain``).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from models_ml.patterns.false_discovery import q_values
from models_ml.patterns.forecasting.backtest import HORIZON, backtest, naive_error, origins
from models_ml.patterns.forecasting.candidates import Floats, candidates
from models_ml.patterns.forecasting.gain import gain
from models_ml.patterns.forecasting.selection import choose, score
from models_ml.patterns.temporal.contracts import FORECASTS

# Only series with so many events a day are forecast, the busiest when there are too many.
MIN_DAILY_EVENTS = 2.0
MAX_SERIES = 12
MAX_HISTORY = 400


def forecasts(days: pd.DataFrame) -> pd.DataFrame:
    """Forecasts of the week after the last day, columns and types of ``contracts.FORECASTS``.

    Args:
        days: events by series and day (cell, event_type, day, events); a day between the first and
            the last on which a series has no row counts as zero.  Both ends are whole days.
    """
    rows = []
    wide = supported_series(days)
    for key, values in wide.iterrows():
        rows += _rows(key, values.to_numpy(dtype=float), pd.Timestamp(wide.columns[-1]))
    return FORECASTS.table(_with_q_values(rows))


def supported_series(days: pd.DataFrame) -> pd.DataFrame:
    """Counts by series (cell, event_type) and day: the ``MAX_SERIES`` series with most events among
    those with enough a day, by key, over at most ``MAX_HISTORY`` days."""
    if not len(days):
        return pd.DataFrame()
    day = pd.to_datetime(days["day"])
    axis = pd.date_range(day.min(), day.max())[-MAX_HISTORY:]
    wide = days.assign(day=day).pivot_table(
        index=["cell", "event_type"], columns="day", values="events", aggfunc="sum"
    )
    wide = wide.reindex(columns=axis).fillna(0.0)
    totals = wide.sum(axis=1)
    enough = totals[totals >= MIN_DAILY_EVENTS * wide.shape[1]]
    chosen = enough.sort_index().sort_values(ascending=False, kind="stable").head(MAX_SERIES)
    return wide.loc[chosen.index].sort_index()


def _rows(key: Any, values: Floats, last: pd.Timestamp) -> list[dict[str, Any]]:
    """The days to come of one series; none where it can't be judged or never changes."""
    starts = origins(len(values))
    if not starts or naive_error(values[: starts[0]]) == 0:
        return []
    models = candidates(values[: starts[0]])
    made = backtest(values, models, starts)
    chosen, judged = choose(made, len(starts)), score(made)
    if chosen is None or judged is None:
        return []
    saved = gain(values, models)
    name = made.models[chosen.model]
    mean = np.maximum(models[name](values, HORIZON), 0.0)
    low, high = chosen.interval(mean)
    return [
        {
            "cell": key[0],
            "event_type": key[1],
            "model": name,
            "day": last + pd.Timedelta(days=step + 1),
            "mean": mean[step],
            "low": low[step],
            "high": high[step],
            "mase": judged.mase,
            "naive_mase": judged.naive_mase,
            "coverage": judged.coverage,
            "n_origins": judged.n_origins,
            "gain": saved.gain if saved else np.nan,
            "gain_p": saved.p_value if saved else np.nan,
        }
        for step in range(HORIZON)
    ]


def _with_q_values(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows with the q-value of each series' gain; series are the claims, not their days."""
    table = pd.DataFrame(rows, columns=[name for name in FORECASTS.names if name != "gain_q"])
    series = ["cell", "event_type"]
    claims = table.drop_duplicates(series).dropna(subset=["gain_p"])
    claims = claims[series].assign(gain_q=q_values(claims["gain_p"]))
    return table.merge(claims, on=series, how="left")
