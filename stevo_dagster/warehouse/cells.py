"""Cell functions for SQL: coordinates to H3 cells, and cells to their centres.

Belongs here: vectorised Arrow functions on h3ronpy, registered with DuckDB. Does not belong here:
parents of a cell, which are a truncation that plain SQL does (`macros/engine/cells.sql`).
"""

from __future__ import annotations

from typing import Any

import duckdb
import h3ronpy
import pyarrow as pa
import pyarrow.compute as pc
from h3ronpy.vector import cells_to_coordinates, coordinates_to_cells

RESOLUTION = 9


def register(con: duckdb.DuckDBPyConnection) -> None:
    """Add `h3_r9(latitude, longitude)`, `h3_latitude(cell)` and `h3_longitude(cell)`.

    Call them on distinct values: a cell costs more than a hash join.
    """
    point: list[Any] = ["DOUBLE", "DOUBLE"]
    cell: list[Any] = ["VARCHAR"]
    vectorised: Any = "arrow"
    con.create_function("h3_r9", cells_of, point, "VARCHAR", type=vectorised)
    con.create_function("h3_latitude", latitudes, cell, "DOUBLE", type=vectorised)
    con.create_function("h3_longitude", longitudes, cell, "DOUBLE", type=vectorised)


def cells_of(latitude: pa.Array, longitude: pa.Array) -> pa.Array:
    """Cells of resolution 9 as hex texts; null where a coordinate is null."""
    known = pc.and_(pc.is_valid(latitude), pc.is_valid(longitude))
    found = coordinates_to_cells(
        pc.fill_null(_flat(latitude), 0.0), pc.fill_null(_flat(longitude), 0.0), RESOLUTION
    )
    texts = pa.array(h3ronpy.cells_to_string(found)).cast(pa.string())
    return pc.if_else(_flat(known), texts, None)


def latitudes(cell: pa.Array) -> pa.Array:
    """Latitudes of the centres of cells, degrees."""
    return _centres(cell, "lat")


def longitudes(cell: pa.Array) -> pa.Array:
    """Longitudes of the centres of cells, degrees."""
    return _centres(cell, "lng")


def _centres(cell: pa.Array, axis: str) -> pa.Array:
    found = pa.record_batch(cells_to_coordinates(h3ronpy.cells_parse(_flat(cell))))
    return found.column(axis)


def _flat(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
