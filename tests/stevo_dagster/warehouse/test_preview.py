"""The comparison behind a preview: counts of keys agree with sets, whatever the rows are."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from stevo_dagster.warehouse.preview import Change, Measure, difference
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


def sum_and_mean(rows: dict[str | None, tuple[int, float | None]]) -> tuple:
    """Of the column `events`; none of both where there is no row."""
    events = [events for events, _ in rows.values()]
    return (float(sum(events)), sum(events) / len(events)) if events else (None, None)


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
    told = found.measures.get("events")
    sums, means = zip(*(sum_and_mean(rows) for rows in (before, after)), strict=True)
    if told is None:
        assert sums == means or (sums[0] == sums[1] and means[0] == pytest.approx(means[1]))
    else:
        assert (told.total.before, told.total.after) == sums
        assert (told.mean.before, told.mean.after) == means


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
    assert found.measures == {"share": Measure(Change(None, 0.5), Change(None, 0.5))}


def test_measures_that_change_most_come_first_and_rounding_is_no_change(tmp_path):
    before = write(tmp_path / "a.parquet", {"a": (100, 0.1), "b": (100, 0.2)})
    after = write(tmp_path / "b.parquet", {"a": (101, 0.2), "b": (100, 0.4)})
    nearly = write(tmp_path / "c.parquet", {"a": (100, 0.1 + 1e-16), "b": (100, 0.2)})
    with duckdb.connect() as con:
        found = difference(con, TABLE, DAY, before, after)
        same = difference(con, TABLE, DAY, before, nearly)
    assert list(found.measures) == ["share", "events"]
    assert found.measures["events"].total == Change(200.0, 201.0)
    assert found.measures["events"].mean == Change(100.0, 100.5)
    assert same.measures == {}


@pytest.mark.parametrize(
    ("change", "share"),
    [
        (Change(None, None), 0),
        (Change(2.0, 2.0), 0),
        (Change(2.0, 1.0), 0.5),
        (Change(None, 3.0), 1),
        (Change(3.0, 0.0), 1),
        (Change(None, 0.0), 1),
        (Change(-1.0, 1.0), 2),
    ],
)
def test_how_far_apart_two_figures_are(change, share):
    assert change.share == share and change.is_none == (share == 0)


@pytest.mark.parametrize("name", [name for name, table in tables().items() if table.is_daily])
def test_every_table_of_days_names_its_key(name):
    if tables()[name].group != "source":
        assert set(tables()[name].key) <= tables()[name].columns.keys()
        assert tables()[name].key
