"""The benchmark of ingest: every form of one city, and all of its lines on both sides."""

from __future__ import annotations

import pytest

from benchmarks import ingest


def test_it_prints_size_peer_and_a_ratio_for_each_form(told):
    found = told(ingest.main, "--people", "6", "--days", "3")
    assert (found["people"], found["days"], found["peer"]) == (6, 3, "pandas")
    forms = {row["form"]: row for row in found["forms"]}
    assert set(forms) == {"jsonl", "csv", "parquet"}
    assert len({row["lines"] for row in forms.values()}) == 1 < forms["csv"]["lines"]
    for row in forms.values():
        share = row["ingested_lines_per_second"] / row["pandas_lines_per_second"]
        assert row["ratio"] == pytest.approx(share, rel=0.1, abs=2e-3)


def test_lines_that_go_missing_are_no_benchmark(monkeypatch):
    monkeypatch.setitem(ingest.READ, "csv", lambda path: ingest.pd.read_csv(path).iloc[1:])
    with pytest.raises(SystemExit, match=r"csv: \d+ of \d+ lines ingested, pandas read"):
        ingest.measured(6, 3, "csv")
