"""Texts of SQL: any path is quoted whole, and a folder called `day=…` adds no column."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stevo_dagster.lake import scan, sql_text


@settings(deadline=None, max_examples=50)
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_any_text_is_one_literal(text):
    assert duckdb.execute(f"select {sql_text(text)}").fetchall() == [(text,)]


@pytest.mark.parametrize("name", ["it's", "a]b", "semi;colon -- x", 'quo"te', "day=2024-03-01"])
def test_files_with_any_name_are_read_and_only_they(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    wanted, other = folder / "part-0.parquet", folder / "part-1.parquet"
    for value, path in enumerate((wanted, other)):
        duckdb.sql(f"select {value} as a").write_parquet(str(path))
    found = duckdb.sql(f"select * from {scan([wanted])}")
    assert (found.columns, found.fetchall()) == (["a"], [(0,)])


def test_columns_are_put_together_by_name(tmp_path):
    first, second = tmp_path / "1.parquet", tmp_path / "2.parquet"
    duckdb.sql("select 1 as a, 'x' as b").write_parquet(str(first))
    duckdb.sql("select 'y' as b, 2 as a").write_parquet(str(second))
    found = duckdb.sql(f"select a, b from {scan([first, second])} order by a").fetchall()
    assert found == [(1, "x"), (2, "y")]
