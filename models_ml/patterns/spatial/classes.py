"""The classes of emerging hot and cold spots, from one cell's bins.

Belongs here: the names and their rules. Does not belong here: the tests that say which bins are hot
and whether there is a trend.

Source: Esri, "How Emerging Hot Spot Analysis works"
(https://pro.arcgis.com/en/pro-app/latest/tool-reference/space-time-pattern-mining/learnmoreemerging.htm),
with one difference: a trend that holds against all the other cells' tests decides by itself. Esri
asks for nine hot bins of ten before a spot may intensify, diminish or be historical, so that a hot
spot which wanders through a place would have no name there.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

import numpy as np

NONE = "none"
KINDS = (
    "new",
    "consecutive",
    "intensifying",
    "persistent",
    "diminishing",
    "sporadic",
    "oscillating",
    "historical",
)
CLASSES = (*(f"{kind}_{side}" for side in ("hot", "cold") for kind in KINDS), NONE)
NEARLY_ALWAYS = 0.9
# chance makes one bin in forty hot at z > 1.96; so many as it makes less than once in twenty times
# are a past
BY_CHANCE, RARELY = 0.025, 0.05


def classify(hot: Sequence[np.ndarray], cold: Sequence[np.ndarray], trend: np.ndarray) -> list[str]:
    """The class of each cell, one of ``CLASSES``.

    Args:
        hot, cold: per cell its bins, boolean: significantly high or low ones; never both.
        trend: per cell +1, -1 or 0: a supported rise or fall of Gi*, or neither.

    Cold spots mirror hot ones: they intensify as Gi* falls. The hot side is asked first.
    """
    found = []
    for hot_bins, cold_bins, way in zip(hot, cold, trend, strict=True):
        kind, side = _one_side(hot_bins, cold_bins, int(way)), "hot"
        if kind is None:
            kind, side = _one_side(cold_bins, hot_bins, -int(way)), "cold"
        found.append(NONE if kind is None else f"{kind}_{side}")
    return found


def _one_side(here: np.ndarray, other: np.ndarray, way: int) -> str | None:
    """The kind on one side: ``here`` are its bins, ``way`` is +1 as they grow stronger."""
    if not here.any():
        return None
    share, now = here.mean(), bool(here[-1])
    if way > 0 and now:
        return "intensifying"
    if way < 0 and _is_rare(int(here.sum()), len(here)):
        return "diminishing" if now else "historical"
    if share >= NEARLY_ALWAYS:
        return "persistent" if now else "historical"
    if not now:
        return None
    run = len(here) - np.flatnonzero(~here)[-1] - 1
    if here.sum() == run:
        return "new" if run == 1 else "consecutive"
    return "oscillating" if other.any() else "sporadic"


def _is_rare(hot: int, bins: int) -> bool:
    """Whether chance makes so many of the bins hot, or more, less than once in twenty times."""
    fewer = sum(
        comb(bins, count) * BY_CHANCE**count * (1 - BY_CHANCE) ** (bins - count)
        for count in range(hot)
    )
    return 1 - fewer < RARELY
