"""The gate: blocking failures become one error, warnings pass, nothing half-checked slips by."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stevo_dagster.checks.adapter import ExpectationResult
from stevo_dagster.checks.gate import audit, blocking_failures, require
from stevo_dagster.checks.suite import Suite, finite_between, some_rows
from stevo_dagster.errors import StevoError

FAILED = ExpectationResult(
    suite="events",
    name="latitude_in_range",
    column="latitude",
    success=False,
    severity="blocking",
    observed=2,
    sample=[999.0, -91.0],
    unexpected_count=2,
    element_count=10,
    details="latitude is finite and lies in [-90, 90]",
)
PASSED, WARNED = replace(FAILED, success=True), replace(FAILED, severity="warning")


@given(st.lists(st.sampled_from([FAILED, PASSED, WARNED]), max_size=6))
def test_only_blocking_failures_stop_and_all_of_them_are_counted(results):
    stopping = results.count(FAILED)
    assert blocking_failures(results) == [FAILED] * stopping
    if not stopping:
        require(results)
        return
    with pytest.raises(StevoError, match=f"^{stopping} quality checks failed"):
        require(results)


def test_the_error_names_the_check_what_was_seen_and_where():
    other = replace(FAILED, suite="sequences", name="has_rows", sample=[], observed=0, details="d")
    with pytest.raises(StevoError) as error:
        require([FAILED, PASSED, other, FAILED])
    assert error.value.problem == (
        "3 quality checks failed:"
        " latitude_in_range (latitude is finite and lies in [-90, 90]; observed 2, such as 999.0);"
        " has_rows (d; observed 0);"
        " latitude_in_range (latitude is finite and lies in [-90, 90]; observed 2, such as 999.0)"
    )
    assert error.value.where == "suite events, suite sequences"
    assert error.value.fix is not None and "nothing was published" in error.value.fix


def test_an_audit_holds_a_staged_file_back(tmp_path):
    path = tmp_path / "part-0.parquet"
    duckdb.sql("select i as i from range(100) t(i)").write_parquet(str(path))

    def suite(least: int) -> Suite:
        return Suite("numbers", "numbers", (some_rows(least), finite_between("i", 0, 99)))

    audit(suite(100))(path)
    with pytest.raises(StevoError, match="has_rows"):
        audit(suite(101))(path)
