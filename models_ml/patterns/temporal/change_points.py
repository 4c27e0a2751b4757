"""When does a series change its level for good?  One change after another, each with its p-value.

Here belong the statistic, the search and the permutations.

The place is that of the greatest CUSUM, which splits the days so that the two means explain most
(the least squares of ``ruptures.Dynp(model="l2")`` with one change, tested against it).  Under the
null blocks of neighbouring days may stand in any order: that keeps what days near each other have
in common, and the greatest over all places is compared with the greatest, so the search is paid
for.  Where a change is supported, both sides are searched again (binary segmentation, Vostrikova
1981).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from models_ml.patterns.temporal.hourly import Floats

PERMUTATIONS = 999
MIN_DAYS = 14
SUPPORTED = 0.05


@dataclass(frozen=True)
class ChangePoint:
    """``at`` is the first day of the new level; ``shift`` is its mean less that of the one before,
    with its standard error; ``p_value`` by permutation, ``n`` days were searched."""

    at: int
    shift: float
    error: float
    p_value: float
    n: int


@dataclass(frozen=True)
class _Split:
    """The best place to split some days, its p-value, and their number."""

    at: int
    p_value: float
    n: int


def change_points(values: Floats, seed: int = 0) -> list[ChangePoint]:
    """Changes of the level of ``values`` [days], without gaps, in their order.

    The first search is in the list whatever its p-value, so that a table of many series can control
    false discoveries; later ones only below a supported one.  A level lasts two weeks at least.
    The same permutations serve every series of one length.
    """
    splits = _search(values, 0, seed, is_first=True)
    ends = [0, *(split.at for split in splits), len(values)]
    levels = [values[start:end] for start, end in pairwise(ends)]
    found = []
    for split, (before, after) in zip(splits, pairwise(levels), strict=True):
        error = math.sqrt(sum(level.var(ddof=1) / len(level) for level in (before, after)))
        shift = float(after.mean() - before.mean())
        found.append(ChangePoint(split.at, shift, error, split.p_value, split.n))
    return found


def _search(values: Floats, start: int, seed: int, *, is_first: bool) -> list[_Split]:
    """The greatest change within ``values`` and, if it is supported, those beside it."""
    if len(values) < 2 * MIN_DAYS or np.ptp(values) == 0:
        return []
    at, p_value = _tested(values, seed)
    found = _Split(start + at, p_value, len(values))
    if p_value >= SUPPORTED:
        return [found] if is_first else []
    left = _search(values[:at], start, seed, is_first=False)
    right = _search(values[at:], start + at, seed, is_first=False)
    return [*left, found, *right]


def _tested(values: Floats, seed: int) -> tuple[int, float]:
    """The place of the greatest change, and how often shuffled blocks give as great a one."""
    heights = np.abs(cusum(values[None])[0])
    best = int(heights.argmax())
    greatest = np.abs(cusum(values[_orders(len(values), seed)])).max(axis=1)
    as_great = int(np.sum(greatest >= heights[best] - 1e-12))
    return best + MIN_DAYS, (1 + as_great) / (1 + PERMUTATIONS)


def cusum(values: Floats) -> Floats:
    """Difference of the means after and before each place [rows, places], times
    sqrt(before x after / all), which makes them comparable; places leave two weeks on both sides.
    """
    n = values.shape[1]
    before = np.arange(MIN_DAYS, n - MIN_DAYS + 1)
    sums = np.cumsum(values, axis=1)[:, before - 1]
    total = values.sum(axis=1, keepdims=True)
    gap = (total - sums) / (n - before) - sums / before
    return np.asarray(gap * np.sqrt(before * (n - before) / n))


@lru_cache(maxsize=64)
def _orders(n: int, seed: int) -> np.ndarray:
    """Days with their blocks shuffled [permutations, n]; blocks of n^(1/3) days (Künsch 1989), cut
    at any phase."""
    rng = np.random.default_rng(seed)
    size = max(round(n ** (1 / 3)), 1)
    orders = np.empty((PERMUTATIONS, n), dtype=np.int64)
    for row in orders:
        days = np.roll(np.arange(n), int(rng.integers(n)))
        blocks = [days[first : first + size] for first in range(0, n, size)]
        row[:] = np.concatenate([blocks[index] for index in rng.permutation(len(blocks))])
    return orders
