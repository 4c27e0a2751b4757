"""The benchmark of checks: both engines agree, or it says so and stops."""

from __future__ import annotations

import pytest

from benchmarks import checks


def test_it_prints_size_peer_and_ratio(told):
    found = told(checks.main, "--rows", "2000", "--repeats", "1")
    assert (found["rows"], found["peer"]) == (2000, "Great Expectations on pandas")
    assert (found["expectations"], found["failed"]) == (len(checks.suite().expectations), 1)
    assert found["ratio"] == pytest.approx(
        found["pandas"]["seconds"] / found["duckdb"]["seconds"], rel=0.2
    )


def test_engines_that_disagree_are_no_benchmark(monkeypatch):
    monkeypatch.setattr(checks, "with_pandas", lambda path: {"has_rows": False})
    with pytest.raises(SystemExit, match="the engines disagree"):
        checks.main(["--rows", "50", "--repeats", "1"])
