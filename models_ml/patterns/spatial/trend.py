"""Mann–Kendall: does a short series rise or fall, whatever its shape?

Belongs here: the test, plain and seasonal, for many series of one length at once. Does not belong
here: what the series are.

Sources: H. B. Mann (1945), "Nonparametric tests against trend", Econometrica 13(3); M. G. Kendall
(1975), "Rank correlation methods"; R. M. Hirsch, J. R. Slack, R. A. Smith (1982), "Techniques of
trend analysis for monthly water quality data", Water Resources Research 18(1). Values as
``pymannkendall.original_test`` and ``seasonal_test``; exact p-values as
``scipy.stats.kendalltau(method="exact")``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import factorial

import numpy as np
from scipy import stats

Floats = np.ndarray
# with more bins the normal approximation is as good
LONGEST_EXACT = 30


@dataclass(frozen=True)
class Trend:
    """Of each series [n]: S as standard score, Kendall's tau, and the two-sided p-value."""

    z: Floats
    tau: Floats
    p_value: Floats


def mann_kendall(series: Floats, period: int = 1) -> Trend:
    """The test of each row of ``series`` [n, bins] against no trend.

    Args:
        series: equally spaced values.
        period: bins of one season's round, 7 for days: only bins of the same weekday are compared
            then, so that the week's own rhythm is no trend. 1 compares all.

    Returns:
        Normal approximation with corrections for continuity and ties; without seasons and ties, and
        up to ``LONGEST_EXACT`` bins, the exact p-value. Where nothing can be compared, or all
        values are equal, z and tau are 0 and p is 1.

    The bins are taken for independent but for the season.
    """
    rows, bins = series.shape
    score, variance, pairs = np.zeros(rows), np.zeros(rows), 0.0
    tied = np.zeros(rows, dtype=bool)
    for first in range(min(period, bins)):
        season = series[:, first::period]
        score += _score(season)
        its_ties, its_variance = _ties_and_variance(season)
        tied |= its_ties
        variance += its_variance
        pairs += season.shape[1] * (season.shape[1] - 1) / 2
    root = np.sqrt(np.maximum(variance, 0.0))
    z = np.divide(score - np.sign(score), root, out=np.zeros(rows), where=root > 0)
    p_value = np.where(root > 0, 2 * stats.norm.sf(np.abs(z)), 1.0)
    if period == 1 and 2 <= bins <= LONGEST_EXACT:
        exact = _exact_tails(bins)[np.abs(score).astype(np.int64)]
        p_value = np.where(tied, p_value, exact)
    tau = score / pairs if pairs else np.zeros(rows)
    return Trend(z, tau, np.minimum(p_value, 1.0))


def _score(series: Floats) -> Floats:
    """Kendall's S of each row: later values above earlier ones, less those below."""
    score = np.zeros(len(series))
    for first in range(series.shape[1] - 1):
        score += np.sign(series[:, first + 1 :] - series[:, first : first + 1]).sum(axis=1)
    return score


def _ties_and_variance(series: Floats) -> tuple[np.ndarray, Floats]:
    """Whether each row has ties, and the variance of S given them."""
    rows, bins = series.shape
    ordered = np.sort(series, axis=1)
    variance = np.full(rows, bins * (bins - 1) * (2 * bins + 5) / 18)
    tied = np.any(ordered[:, 1:] == ordered[:, :-1], axis=1)
    for row in np.flatnonzero(tied):
        _, counts = np.unique(ordered[row], return_counts=True)
        variance[row] -= float(np.sum(counts * (counts - 1) * (2 * counts + 5))) / 18
    return tied, variance


@lru_cache(maxsize=LONGEST_EXACT)
def _exact_tails(bins: int) -> Floats:
    """P(|S| >= s) for s = 0..pairs: orders of ``bins`` values counted by their inversions."""
    ways = [1]
    for size in range(2, bins + 1):
        longer = [0] * (len(ways) + size - 1)
        for at, count in enumerate(ways):
            for step in range(size):
                longer[at + step] += count
        ways = longer
    pairs = bins * (bins - 1) // 2
    exactly = [0] * (pairs + 1)
    for inversions, count in enumerate(ways):
        exactly[abs(pairs - 2 * inversions)] += count
    tails = np.cumsum(np.array(exactly[::-1], dtype=object))[::-1]
    return np.array([count / factorial(bins) for count in tails], dtype=float)
