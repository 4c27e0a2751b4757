"""Cells from SQL agree with the reference library, parents by truncation too."""

from __future__ import annotations

import re

import duckdb
import h3
import pytest
from hypothesis import given
from hypothesis import settings as cases
from hypothesis import strategies as st

from stevo_dagster.settings import DBT_PROJECT_DIR
from stevo_dagster.warehouse import cells

POINTS = st.lists(
    st.tuples(st.floats(-89.9, 89.9, allow_nan=False), st.floats(-179.9, 179.9, allow_nan=False)),
    min_size=1,
    max_size=30,
)


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    opened = duckdb.connect()
    cells.register(opened)
    return opened


def _parent_sql(resolution: int) -> str:
    text = (DBT_PROJECT_DIR / "macros" / "engine" / "cells.sql").read_text()
    body = re.search(r"duckdb__h3_parent\(.*?-%}(.*?){%- endmacro", text, re.DOTALL)
    assert body is not None
    filled = str((8 ** (9 - resolution) - 1) * 262144)
    sql = body[1].replace("{{ resolution }}", str(resolution)).replace("{{ cell }}", "cell")
    return re.sub(r"{{ \(\(8.*?}}", filled, sql)


@cases(deadline=None, max_examples=40)
@given(points=POINTS)
def test_cells_and_parents_are_those_of_h3(
    con: duckdb.DuckDBPyConnection, points: list[tuple[float, float]]
) -> None:
    values = ", ".join(
        f"({latitude!r}::double, {longitude!r}::double)" for latitude, longitude in points
    )
    found = con.execute(
        f"select latitude, longitude, cell, {_parent_sql(8)}, {_parent_sql(7)} from ("
        "select latitude, longitude, h3_r9(latitude, longitude) as cell"
        f" from (values {values}) v(latitude, longitude))"
    ).fetchall()
    for latitude, longitude, cell, r8, r7 in found:
        assert cell == h3.latlng_to_cell(latitude, longitude, 9)
        assert (r8, r7) == (h3.cell_to_parent(cell, 8), h3.cell_to_parent(cell, 7))


def test_nulls_have_no_cell(con: duckdb.DuckDBPyConnection) -> None:
    found = con.execute(
        "select h3_r9(a, b) from (values (40.1, -74.0), (null, -74.0), (40.1, null)) v(a, b)"
    ).fetchall()
    assert found == [("892a138558fffff",), (None,), (None,)]


def test_centres_are_those_of_h3(con: duckdb.DuckDBPyConnection) -> None:
    cell = "892a138558fffff"
    found = con.execute(f"select h3_latitude('{cell}'), h3_longitude('{cell}')").fetchone()
    assert found == pytest.approx(h3.cell_to_latlng(cell), abs=1e-9)
