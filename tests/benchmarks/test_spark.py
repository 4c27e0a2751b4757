"""The comparison of two engines' rows: what is the same, what is rounding, what is a difference.

The whole benchmark on two days is `tests/dbt/test_engines.py`.
"""

from __future__ import annotations

import duckdb
import pytest

from benchmarks.spark import compare, differences
from stevo_dagster.lake import Lake
from stevo_dagster.warehouse.tables import Table

TABLE = Table(
    "t", "days", {"user_id": "varchar", "events": "bigint", "share": "double"}, ("user_id",)
)


def rows(*values: str) -> str:
    return f"(values {', '.join(values)}) as t(user_id, events, share)"


def test_the_last_bit_is_rounding_and_more_is_a_difference():
    with duckdb.connect() as con:
        ours = rows("('a', 1, 0.1::double)", "('b', 2, 5::double)", "(null, 3, null)")
        near = rows("('a', 1, 0.1::double + 1e-12)", "('b', 2, 5::double)", "(null, 3, null)")
        found = compare(con, TABLE, ours, near)
        assert (found.rows, found.unmatched, found.differing) == (3, 0, {})
        assert found.rounding["share"] == pytest.approx(1e-12, rel=1e-3)
        far = rows("('a', 1, 0.1::double + 1e-6)", "('b', 3, 5::double)", "(null, 3, 1::double)")
        found = compare(con, TABLE, ours, far)
        assert found.differing == {"events": 1, "share": 2}


def test_a_row_that_one_side_lacks_is_unmatched():
    with duckdb.connect() as con:
        found = compare(con, TABLE, rows("('a', 1, 0::double)"), rows("('b', 1, 0::double)"))
    assert (found.rows, found.unmatched, found.differing) == (1, 2, {})


def test_lakes_with_nothing_in_them_are_not_equal(tmp_path):
    with pytest.raises(ValueError, match="partitions"):
        differences(Lake(tmp_path / "one"), Lake(tmp_path / "other"))
