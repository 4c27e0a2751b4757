"""Nobody clean moves faster than a car: events that would are dropped or lose their point.

Belongs here: that one rule, so that the only impossible moves are the planted ones. Does not belong
here: planting them (`intruders.py`).
"""

from __future__ import annotations

import numpy as np

from stevo_dagster.sources.simulator.geography import metres_between

MAX_METRES_PER_SECOND = 40.0


def possible_moves(
    person: np.ndarray,
    at: np.ndarray,
    latitude: np.ndarray,
    longitude: np.ndarray,
    is_visit: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Which events stay, and which of them keep their coordinates.

    Of two events of a person too far apart for the time between, an online one gives up its
    coordinates (the app did not share them); of two visits the later one did not happen.

    Args:
        person, at: (n,) ordered by person, then by time in seconds.
        latitude, longitude: (n,) degrees, NaN for none.
        is_visit: (n,) whether somebody was there in person.

    Returns:
        Two boolean arrays (n,): kept, and located.
    """
    kept = np.ones(len(person), dtype=bool)
    located = np.isfinite(latitude)
    while True:
        rows = np.flatnonzero(located)
        before, after = rows[:-1], rows[1:]
        metres = metres_between(
            latitude[before], longitude[before], latitude[after], longitude[after]
        )
        too_far = metres > MAX_METRES_PER_SECOND * (at[after] - at[before])
        too_far &= person[before] == person[after]
        if not too_far.any():
            return kept, located
        before, after = before[too_far], after[too_far]
        loser = np.where(is_visit[after] & ~is_visit[before], before, after)
        located[loser] = False
        kept[loser[is_visit[loser]]] = False
