"""Gi* against PySAL's esda, and what it must be where nothing differs."""

from __future__ import annotations

import h3
import numpy as np
import pytest

from models_ml.patterns.spatial.getis_ord import gi_star
from models_ml.patterns.spatial.rings import ring_weights

CELLS = sorted(h3.grid_disk(h3.latlng_to_cell(40.74, -73.98, 8), 4))


def test_scores_are_those_of_esda():
    from esda import G_Local
    from libpysal.weights import W

    counts = np.random.default_rng(3).poisson(4.0, (len(CELLS), 2)).astype(float)
    inside = set(CELLS)
    around = {cell: [n for n in h3.grid_disk(cell, 1) if n in inside] for cell in CELLS}
    weights = W(around, id_order=CELLS, silence_warnings=True)
    ours = gi_star(counts, ring_weights(CELLS, itself=True))
    for column in range(2):
        theirs = G_Local(counts[:, column], weights, transform="B", star=None, permutations=0)
        assert ours[:, column] == pytest.approx(theirs.Zs, abs=1e-9)


def test_only_the_neighbourhood_of_a_crowd_is_hot():
    counts = np.ones((len(CELLS), 1))
    crowd = CELLS[len(CELLS) // 2]
    counts[CELLS.index(crowd)] = 60
    z = gi_star(counts, ring_weights(CELLS, itself=True))[:, 0]
    assert {CELLS[i] for i in np.flatnonzero(z > 1.96)} == set(h3.grid_disk(crowd, 1)) & set(CELLS)


@pytest.mark.parametrize("counts", [np.zeros((len(CELLS), 3)), np.full((len(CELLS), 3), 0.1)])
def test_equal_counts_are_neither_hot_nor_cold(counts):
    assert not gi_star(counts, ring_weights(CELLS, itself=True)).any()


def test_one_cell_or_none_has_nothing_to_be_compared_with():
    assert gi_star(np.ones((1, 2)), ring_weights(CELLS[:1], itself=True)).tolist() == [[0, 0]]
    assert gi_star(np.ones((0, 2)), ring_weights([], itself=True)).shape == (0, 2)
