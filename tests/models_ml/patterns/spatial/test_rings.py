"""Neighbours on the grid: symmetric, of the right number, with or without the cell itself."""

from __future__ import annotations

import h3
import numpy as np
import pytest

from models_ml.patterns.spatial.rings import ring_weights, row_standardised

CENTRE = h3.latlng_to_cell(40.74, -73.98, 8)
CELLS = sorted(h3.grid_disk(CENTRE, 3))


@pytest.mark.parametrize(("steps", "around"), [(1, 6), (2, 18)])
def test_a_cell_within_has_all_cells_of_its_ring(steps, around):
    weights = ring_weights(CELLS, steps=steps)
    row = weights[[CELLS.index(CENTRE)], :].toarray()[0]
    assert row.sum() == around
    ring = set(h3.grid_disk(CENTRE, steps)) - {CENTRE}
    assert {CELLS[i] for i in np.flatnonzero(row)} == ring
    assert (weights != weights.T).nnz == 0


def test_itself_is_a_neighbour_where_it_is_asked_for():
    assert ring_weights(CELLS).diagonal().sum() == 0
    assert ring_weights(CELLS, itself=True).diagonal().sum() == len(CELLS)


def test_rows_add_up_to_one_and_an_island_stays_zero():
    island = h3.latlng_to_cell(41.9, -73.98, 8)
    totals = row_standardised(ring_weights([*CELLS, island])).sum(axis=1)
    assert totals[:-1] == pytest.approx(1)
    assert totals[-1] == 0
