"""Moran's I is esda's; what is planted is found, and shuffled values are rarely claimed."""

from __future__ import annotations

import esda
import h3
import numpy as np
import pytest
from libpysal.weights import W

from models_ml.patterns.spatial.moran import moran
from models_ml.patterns.spatial.rings import ring_weights

CELLS = sorted(h3.grid_disk(h3.latlng_to_cell(40.7, -73.9, 8), 4))
WEIGHTS = ring_weights(CELLS)


def test_the_value_is_that_of_esda():
    values = np.random.default_rng(1).gamma(1, 10, len(CELLS))
    neighbours = {row: list(WEIGHTS[[row]].indices) for row in range(len(CELLS))}
    theirs = esda.Moran(values, W(neighbours, silence_warnings=True), permutations=0)
    assert moran(values, WEIGHTS)[0] == pytest.approx(theirs.I)


def test_a_gradient_is_found_and_noise_rarely():
    latitude = np.array([h3.cell_to_latlng(cell)[0] for cell in CELLS])
    value, p_value = moran(latitude, WEIGHTS)
    assert value > 0.8 and p_value == 0.001
    rng = np.random.default_rng(2)
    values = [moran(rng.normal(size=len(CELLS)), WEIGHTS)[1] for _ in range(40)]
    assert sum(value < 0.05 for value in values) <= 6


def test_equal_values_or_lonely_cells_say_nothing():
    assert moran(np.ones(len(CELLS)), WEIGHTS) == (0.0, 1.0)
    far = [CELLS[0], h3.latlng_to_cell(10, 10, 8)]
    assert moran(np.array([1.0, 2.0]), ring_weights(far)) == (0.0, 1.0)
