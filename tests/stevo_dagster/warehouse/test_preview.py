"""The comparison behind a preview: counts of keys agree with sets, whatever the rows are."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from stevo_dagster.warehouse.preview import difference
from stevo_dagster.warehouse.tables import Table, tables

DAY = date(2024, 10, 10)
TABLE = Table(
    "things",
    "days",
    {"day": "date", "name": "varchar", "events": "bigint", "share": "double"},
    key=("day", "name"),
)
ROWS = st.dictionaries(
    st.sampled_from(["a", "b", "c", None]),
    st.tuples(st.integers(0, 2), st.sampled_from([None, 0.5, 1.5])),
)


def write(path: Path, rows: dict[str | None, tuple[int, float | None]], columns: str = "*") -> Path:
    """The rows of one day as Parquet."""
    with duckdb.connect() as con:
        con.execute("create table t (day date, name varchar, events bigint, share double)")
        for name, (events, share) in rows.items():
            con.execute("insert into t values (?, ?, ?, ?)", [DAY, name, events, share])
        con.execute(f"copy (select {columns} from t) to '{path}' (format parquet)")
    return path


@given(ROWS, ROWS)
@hypothesis_settings(deadline=None, max_examples=40)
def test_counts_agree_with_sets(tmp_path_factory, before, after):
    folder = tmp_path_factory.mktemp("pair")
    with duckdb.connect() as con:
        found = difference(
            con,
            TABLE,
            DAY,
            write(folder / "a.parquet", before),
            write(folder / "b.parquet", after),
        )
    both = before.keys() & after.keys()
    assert (found.rows_before, found.rows_after) == (len(before), len(after))
    assert found.added == len(after.keys() - both)
    assert found.removed == len(before.keys() - both)
    assert found.changed == sum(before[name] != after[name] for name in both)
    assert found.is_none == (before == after)
    sums = [sum(events for events, _ in rows.values()) for rows in (before, after)]
    if before and after:
        assert found.sums.get("events", (None, None)) == (
            (float(sums[0]), float(sums[1])) if sums[0] != sums[1] else (None, None)
        )


def test_a_day_that_is_not_published_is_all_new(tmp_path):
    after = write(tmp_path / "b.parquet", {"a": (1, None), "b": (2, 0.5)})
    with duckdb.connect() as con:
        found = difference(con, TABLE, DAY, None, after)
    assert (found.rows_before, found.rows_after, found.added) == (None, 2, 2)
    assert not found.is_none


def test_a_column_that_is_new_counts_as_a_change(tmp_path):
    before = write(tmp_path / "a.parquet", {"a": (1, 0.5)}, "day, name, events")
    after = write(tmp_path / "b.parquet", {"a": (1, 0.5)})
    with duckdb.connect() as con:
        found = difference(con, TABLE, DAY, before, after)
    assert (found.added, found.removed, found.changed) == (0, 0, 1)
    assert found.sums == {"share": (None, 0.5)}


@pytest.mark.parametrize("name", [name for name, table in tables().items() if table.is_daily])
def test_every_table_of_days_names_its_key(name):
    if tables()[name].group != "source":
        assert set(tables()[name].key) <= tables()[name].columns.keys()
        assert tables()[name].key
