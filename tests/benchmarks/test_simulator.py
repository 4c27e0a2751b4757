"""The benchmark of the simulator: its pace beside a loop, and the wanted pace told apart."""

from __future__ import annotations

import json

import pytest

from benchmarks import simulator

SMALL = ("--people", "8", "--days", "3", "--loop-events", "200", "--command-people", "6")


def test_it_prints_size_peer_and_ratio_and_writes_them(told, tmp_path):
    out = tmp_path / "pace.json"
    found = told(simulator.main, *SMALL, "--out", str(out))
    assert (found["people"], found["days"]) == (8, 3)
    assert found["peer"] == "a plain loop over events"
    pace = found["vectorised"]["events_per_minute"]
    assert found["plain_loop"]["events"] == 200
    assert found["ratio"] == pytest.approx(pace / found["plain_loop"]["events_per_minute"], abs=0.1)
    assert found["is_fast_enough"] == (pace >= simulator.WANTED_PER_MINUTE)
    assert json.loads(out.read_text()) == found
