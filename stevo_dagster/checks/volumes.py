"""Drift of volumes: is this day's number of rows unlike the same weekday of earlier weeks?

Belongs here: pure arithmetic over counts. Does not belong here: getting the counts.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

TRAILING_WEEKS = 4
# Scales the median absolute deviation to a standard deviation of normal data
# (Leys et al., "Detecting outliers", J. Exp. Soc. Psychol. 49(4), 2013).
MAD_TO_SIGMA = 1.4826
# The deviation of four counts is often tiny by chance, and counts of large populations vary by more
# than counting noise. Ordinary days of simulated cities vary by 11 to 13 % (robust standard
# deviation), whatever their size.
LEAST_SHARE = 0.1


@dataclass(frozen=True)
class Drift:
    """One day against its trailing weeks. `z` is in robust standard deviations."""

    day: date
    rows: int
    expected: float
    z: float


def drift(counts: Mapping[date, int], day: date) -> Drift | None:
    """Compare a day with the same weekday of the four weeks before.

    Args:
        counts: rows by UTC day.
        day: the day in question; missing means 0 rows.

    Returns:
        None where fewer than three of the four earlier days are there. The spread is never taken
        for less than `LEAST_SHARE` of the expected count, nor than its square root, which is what
        counting alone gives.
    """
    earlier = [
        counts[before]
        for week in range(1, TRAILING_WEEKS + 1)
        if (before := day - timedelta(weeks=week)) in counts
    ]
    if len(earlier) < TRAILING_WEEKS - 1:
        return None
    expected = float(statistics.median(earlier))
    deviation = statistics.median([abs(count - expected) for count in earlier])
    spread = max(MAD_TO_SIGMA * deviation, LEAST_SHARE * expected, expected**0.5, 1.0)
    rows = counts.get(day, 0)
    return Drift(day, rows, expected, (rows - expected) / spread)


def unusual_days(
    counts: Mapping[date, int], limit: float = 6.0, newest: int | None = None
) -> list[Drift]:
    """Days whose robust z lies beyond `limit`, oldest first.

    Args:
        counts: rows by UTC day. Days without rows between the first and the last count as 0.
        limit: in robust standard deviations, above 0.
        newest: how many days up to the last one are looked at; None means all.
    """
    if not counts:
        return []
    first, last = min(counts), max(counts)
    span = (last - first).days + 1
    whole = {day: counts.get(day, 0) for day in _days(first, span)}
    looked_at = list(whole)[-newest:] if newest else list(whole)
    found = (drift(whole, day) for day in looked_at)
    return [one for one in found if one is not None and abs(one.z) > limit]


def _days(first: date, number: int) -> list[date]:
    return [first + timedelta(days=offset) for offset in range(number)]
