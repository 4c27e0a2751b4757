"""H3 cells of events: names, codes, and how coarse they must be to be predicted.

Here belongs what models need of cells.  The warehouse's `h3_r9` is made in SQL; these are the same
cells' parents, from the coordinates, so that a benchmark without that column has them too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import h3ronpy
import numpy as np
import pandas as pd
import pyarrow as pa
from h3ronpy.vector import coordinates_to_cells

from models_ml.data.corpus import Corpus

FINEST, RESOLUTIONS = 9, (8, 7, 6, 5, 4, 3, 2, 1, 0)
MOST_CELLS = 512


@dataclass(frozen=True, eq=False)
class Cells:
    """`code` (n,) is each event's cell, -1 where its point is unknown; `names` are the cells' hex
    texts in order of first appearance in time.
    """

    resolution: int
    code: np.ndarray
    names: np.ndarray


def cell_names(latitude: np.ndarray, longitude: np.ndarray, resolution: int) -> np.ndarray:
    """Hex texts of the cells that hold the points (degrees), None where a coordinate is unknown."""
    result = np.full(len(latitude), None, dtype=object)
    known = np.isfinite(latitude) & np.isfinite(longitude)
    found = coordinates_to_cells(latitude[known], longitude[known], FINEST)
    parents = h3ronpy.change_resolution(found, resolution)
    result[known] = np.asarray(pa.array(h3ronpy.cells_to_string(parents)).to_pylist(), dtype=object)
    return result


def resolution_for(latitude: np.ndarray, longitude: np.ndarray) -> int:
    """The finest resolution (at most 8) at which points occupy at most `MOST_CELLS` cells."""
    points = np.unique(np.stack([latitude, longitude], axis=1), axis=0)
    for resolution in RESOLUTIONS:
        names = pd.Series(cell_names(points[:, 0], points[:, 1], resolution))
        if names.nunique() <= MOST_CELLS:
            break
    return resolution


@lru_cache(maxsize=4)
def cells_of(corpus: Corpus, resolution: int) -> Cells:
    """The cells of a corpus, found once for each corpus and resolution."""
    names = pd.Series(cell_names(corpus.latitude, corpus.longitude, resolution), dtype=object)
    codes, known = pd.factorize(names.iloc[corpus.order])
    code = np.empty(len(corpus), dtype=np.int64)
    code[corpus.order] = codes
    return Cells(resolution, code, np.asarray(known, dtype=object))
