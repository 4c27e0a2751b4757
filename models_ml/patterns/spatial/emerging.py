"""The published table ``hot_spots``: which places wake up, which fade, which stay busy.

Belongs here: from counts of cells and bins to a class with its evidence. Does not belong here: the
statistics (``getis_ord``, ``trend``, ``classes``) or who is counted: cells and bins of fewer than k
people come in as nothing at all, so no row says anything of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from models_ml.patterns.spatial.classes import classify
from models_ml.patterns.spatial.contracts import HOT_SPOTS
from models_ml.patterns.spatial.getis_ord import gi_star
from models_ml.patterns.spatial.grid import Grid
from models_ml.patterns.spatial.rings import ring_weights
from models_ml.patterns.spatial.trend import mann_kendall

SUPPORTED = 0.05
SIGNIFICANT = 1.959964


@dataclass(frozen=True)
class Counted:
    """One event type's counts, cut by a grid of its own.

    ``counts`` has cell, bin (0 is the oldest), events and cell_people (distinct people over the
    cell's bins), of bins with at least k people. ``universe`` are all cells where anything ever
    happened: the places that chance may choose from.
    """

    event_type: str
    grid: Grid
    counts: pd.DataFrame
    universe: Sequence[str]


def hot_spots(counted: Sequence[Counted]) -> pd.DataFrame:
    """One row for each event type and cell that has a bin of at least k people.

    Returns:
        Columns of ``contracts.HOT_SPOTS``, types in the order given, cells by name.

    A claim that a place changes is a row with ``q_value`` below 0.05. That a place is busy and
    stays so is a description, for places are not spread evenly to begin with.
    """
    parts = [_one_type(one) for one in counted if len(one.counts)]
    if not parts:
        return HOT_SPOTS.table([])
    table = pd.concat(parts, ignore_index=True)
    q_values = stats.false_discovery_control(table["p_value"].to_numpy())
    supported = np.where(q_values < SUPPORTED, np.sign(table["trend"]), 0)
    table["q_value"] = q_values
    table["class"] = classify(list(table["_hot"]), list(table["_cold"]), supported)
    return HOT_SPOTS.table(table)


def _one_type(one: Counted) -> pd.DataFrame:
    """Rows of one type, with the hot and cold bins of each cell as arrays."""
    counts, grid, cells = one.counts, one.grid, sorted(one.universe)
    place = {cell: index for index, cell in enumerate(cells)}
    rows = counts["cell"].map(place).to_numpy(dtype=np.int64)
    cube = np.zeros((len(cells), grid.bins))
    cube[rows, counts["bin"].to_numpy(dtype=np.int64)] = counts["events"]
    counted = np.unique(rows)
    z = gi_star(cube, ring_weights(cells, itself=True))[counted]
    trend = mann_kendall(z, grid.period)
    # sorted as `counted` is
    people = counts.groupby(rows)["cell_people"].max()
    return pd.DataFrame(
        {
            "cell": [cells[row] for row in counted],
            "resolution": grid.resolution,
            "event_type": one.event_type,
            "z_last": z[:, -1],
            "trend": trend.tau,
            "p_value": trend.p_value,
            "bin_days": grid.bin_days,
            "n_bins": grid.bins,
            "n_events": cube[counted].sum(axis=1),
            "n_people": people.to_numpy(),
            "_hot": list(z > SIGNIFICANT),
            "_cold": list(z < -SIGNIFICANT),
        }
    )
