"""A series split into trend, season and rest, and how strong the first two are.

Here belong STL and its strengths.  Whether a season is more than chance is for ``periodicity``:
a strength is above zero for noise as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models_ml.patterns.temporal.hourly import Floats


@dataclass(frozen=True)
class Decomposition:
    """Parts of one series [time] that add up to it."""

    trend: Floats
    season: Floats
    rest: Floats


def decompose(values: Floats, period: int) -> Decomposition:
    """STL with a season that is the same in every cycle.

    Cleveland, Cleveland, McRae and Terpenning, "STL: a seasonal-trend decomposition procedure based
    on loess", J. Official Statistics 6(1), 1990, in the implementation of
    ``statsmodels.tsa.seasonal.STL``.  The window of the season is that of R's
    ``stl(s.window = "periodic")``: 10 n + 1 and constant fits.

    Raises:
        ValueError: fewer than two cycles.
    """
    # Here, not above: the import takes seconds, and definitions are loaded without it.
    from statsmodels.tsa.seasonal import STL

    if len(values) < 2 * period:
        raise ValueError(f"two cycles of {period} are needed, got {len(values)} values")
    found = STL(
        values, period=period, seasonal=10 * len(values) + 1, seasonal_deg=0, seasonal_jump=period
    ).fit()
    return Decomposition(*(np.asarray(part) for part in (found.trend, found.seasonal, found.resid)))


def strengths(parts: Decomposition, observed: NDArray[np.bool_]) -> tuple[float, float]:
    """Strength of trend and of season, F_T and F_S, each 0 (none) to 1, over observed times.

    F_T = max(0, 1 - Var(R) / Var(T + R)), F_S likewise: Hyndman and Athanasopoulos, Forecasting:
    Principles and Practice, 3rd edition (2021), section 4.3.
    """
    rest = parts.rest[observed]
    return _strength(parts.trend[observed], rest), _strength(parts.season[observed], rest)


def _strength(part: Floats, rest: Floats) -> float:
    """One less the share of the rest in part and rest together; 0 where nothing varies."""
    whole = float(np.var(part + rest))
    return max(0.0, 1.0 - float(np.var(rest)) / whole) if whole > 1e-12 else 0.0
