"""Which cells lie beside which: neighbours on the H3 grid as a sparse matrix.

Belongs here: weights between cells. Does not belong here: any statistic.
"""

from __future__ import annotations

from collections.abc import Sequence

import h3
import numpy as np
from scipy import sparse


def ring_weights(cells: Sequence[str], *, steps: int = 1, itself: bool = False) -> sparse.csr_array:
    """Binary weights [n, n]: 1 where a cell lies at most ``steps`` from another on the grid.

    Args:
        cells: distinct H3 cells of one resolution.
        steps: width of the ring (H3's grid distance).
        itself: whether a cell is its own neighbour, as Gi* wants and Moran's I does not.

    Returns:
        A symmetric matrix; neighbours outside ``cells`` are not in it.
    """
    place = {cell: index for index, cell in enumerate(cells)}
    rows, columns = [], []
    for cell, row in place.items():
        for other in h3.grid_disk(cell, steps):
            column = place.get(other)
            if column is not None and (itself or column != row):
                rows.append(row)
                columns.append(column)
    ones = np.ones(len(rows))
    return sparse.csr_array((ones, (rows, columns)), shape=(len(place), len(place)))


def row_standardised(weights: sparse.csr_array) -> sparse.csr_array:
    """The same weights with rows that add up to 1; rows without neighbours stay 0."""
    totals = np.asarray(weights.sum(axis=1), dtype=float).ravel()
    scale = np.divide(1.0, totals, out=np.zeros_like(totals), where=totals > 0)
    return sparse.csr_array(sparse.diags_array(scale) @ weights)
