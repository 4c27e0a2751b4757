"""Cells are H3's own, in codes that later events leave alone, and as coarse as they must be."""

from __future__ import annotations

import h3
import numpy as np

from models_ml.data import cells
from models_ml.data.corpus import Corpus


def test_cells_are_the_parents_of_the_warehouses(corpus: Corpus) -> None:
    found = cells.cells_of(corpus, 7)
    for row in range(0, len(corpus), 97):
        finest = h3.latlng_to_cell(corpus.latitude[row], corpus.longitude[row], 9)
        assert found.names[found.code[row]] == h3.cell_to_parent(finest, 7)
    first = [found.code[row] for row in corpus.order]
    assert list(dict.fromkeys(first)) == list(range(len(found.names)))


def test_a_point_that_is_unknown_has_no_cell() -> None:
    names = cells.cell_names(np.array([40.0, np.nan, 40.0]), np.array([-74.0, -74.0, np.nan]), 5)
    assert names[0] is not None and names[1] is None and names[2] is None


def test_many_places_are_told_in_coarser_cells(monkeypatch) -> None:
    rng = np.random.default_rng(0)
    points = rng.uniform(40, 41, 400), rng.uniform(-74, -73, 400)
    assert cells.resolution_for(*points) == 8
    monkeypatch.setattr(cells, "MOST_CELLS", 50)
    coarse = cells.resolution_for(*points)
    assert len(set(cells.cell_names(*points, coarse))) <= 50
    assert len(set(cells.cell_names(*points, coarse + 1))) > 50
