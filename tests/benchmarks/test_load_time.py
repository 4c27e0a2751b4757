"""The benchmark of loading: two fresh processes, the peer named by what it runs."""

from __future__ import annotations

import subprocess

import pytest

from benchmarks import load_time


def test_it_prints_rounds_peer_and_ratio(told):
    found = told(load_time.main, "--rounds", "1")
    assert (found["rounds"], found["peer"]) == (1, "import dagster, dagster_dbt")
    share = found["peer_seconds"] / found["load_seconds"]
    assert found["ratio"] == pytest.approx(share, rel=0.1)
    # Loading imports the peer and more, so it can hardly be faster.
    assert found["ratio"] < 1.5


def test_what_does_not_load_is_not_timed(tmp_path):
    with pytest.raises(subprocess.CalledProcessError):
        load_time.seconds("import no_such_module", str(tmp_path))
