"""How much more happens on some days (holidays, pay days) than on others of the same weekday.

Here belong the test and its interval; which days, and the table, are for ``changes``.

The null is that the days might as well have been chosen elsewhere: the same pattern of days moved
along the calendar (circular shift) gives the spread that the mean must exceed, so neighbouring days
are not taken for independent.  Weeks are few, so the tails are those of a Student t with one degree
of freedom less than there are whole weeks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from models_ml.patterns.temporal.hourly import Floats

LEVEL = 0.95
# days farther out, in robust standard deviations, weigh as if they were there
CLIP = 4.0
# the median absolute deviation of a standard normal
MAD_OF_NORMAL = float(stats.norm.ppf(0.75))


@dataclass(frozen=True)
class Uplift:
    """Relative change with its 95% interval, two-sided p-value, days tested and days in all."""

    effect: float
    low: float
    high: float
    p_value: float
    chosen: int
    n: int


def uplift(rest: Floats, chosen: NDArray[np.bool_]) -> Uplift | None:
    """Test the days of ``chosen`` [days] against all others.

    Args:
        rest: residuals of logarithms [days], NaN where unknown (``residuals_of_days``).
        chosen: the days in question.

    Returns:
        None with fewer than two chosen days, fewer than four weeks, or where nothing varies.

    The p-value rests on clipped residuals, the effect on the residuals as they are.  The interval
    is widened to what the chosen days differ among themselves.
    """
    known = np.isfinite(rest)
    on = chosen & known
    weeks = int(known.sum()) // 7
    if on.sum() < 2 or weeks < 4:
        return None
    off = rest[known & ~chosen]
    scale = np.median(np.abs(off - np.median(off))) / MAD_OF_NORMAL
    if scale == 0:
        return None
    centre = float(off.mean())
    clipped = np.where(known, np.clip(rest - centre, -CLIP * scale, CLIP * scale), 0.0)
    centred = clipped - clipped[known & ~chosen].mean() * known
    error = _spread_of_shifts(np.where(on, 0.0, centred), on)
    if error == 0:
        return None
    students = stats.t(weeks - 1)
    found = float((rest[on] - centre).mean())
    own = float(rest[on].std(ddof=1) / np.sqrt(on.sum()))
    reach = float(students.ppf((1 + LEVEL) / 2)) * max(error, own)
    return Uplift(
        effect=float(np.expm1(found)),
        low=float(np.expm1(found - reach)),
        high=float(np.expm1(found + reach)),
        p_value=float(2 * students.sf(abs(float(centred[on].mean())) / error)),
        chosen=int(on.sum()),
        n=int(known.sum()),
    )


def _spread_of_shifts(others: Floats, on: NDArray[np.bool_]) -> float:
    """Root mean square of the mean that the pattern finds elsewhere, of days not its own.

    A shift that meets some of the chosen days takes the mean of the rest, weighed by their number:
    of m independent days the mean has 1/m of a day's variance.
    """
    free = (~on).astype(float)
    squares = weights = 0.0
    for shift in range(1, len(on)):
        there = np.roll(on, shift)
        met = float(free[there].sum())
        if met:
            squares += float(others[there].sum()) ** 2 / met
            weights += 1.0
    # mean of (sum / sqrt(m))^2 is a day's variance with what neighbours share; / chosen days
    return float(np.sqrt(squares / weights / on.sum())) if weights else 0.0
