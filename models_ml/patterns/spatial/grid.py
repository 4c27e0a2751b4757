"""How fine may places and times be cut, so that k people stand behind what is counted?

Belongs here: the candidates and the choice. Does not belong here: counting.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

RESOLUTIONS = (8, 7)
DAY, WEEK = 1, 7
# Esri asks for ten time steps
MIN_BINS = 10
# beyond half a year a day is too fine to be a step of anything that emerges
MOST_DAY_BINS = 182
ENOUGH = 0.5


@dataclass(frozen=True)
class Grid:
    """One way to cut: H3 resolution, days of a bin, and how many whole bins the data have."""

    resolution: int
    bin_days: int
    bins: int

    @property
    def period(self) -> int:
        """Bins of one week's round."""
        return WEEK if self.bin_days == DAY else 1


def candidates(days: int) -> list[Grid]:
    """The grids that ``days`` days of data allow, best first: fine times before fine places.

    More bins show a trend more surely than more cells do.
    """
    found = []
    for bin_days, most in ((DAY, MOST_DAY_BINS), (WEEK, days)):
        bins = days // bin_days
        if MIN_BINS <= bins <= most:
            found += [Grid(resolution, bin_days, bins) for resolution in RESOLUTIONS]
    return found


def choose(kept: Iterable[tuple[Grid, float]]) -> Grid | None:
    """The first grid that keeps ``ENOUGH`` of the events, else the one that keeps most.

    Args:
        kept: grids, best first, with the share of the events that lie in cells and bins of at least
            k people.

    Returns:
        None where nothing is kept at all.
    """
    listed = [(grid, share) for grid, share in kept if share > 0]
    for grid, share in listed:
        if share >= ENOUGH:
            return grid
    return max(listed, key=lambda one: one[1])[0] if listed else None
