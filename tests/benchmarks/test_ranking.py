"""The benchmark of ranks: both definitions agree before they are timed."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import ranking


def test_it_prints_size_peer_and_ratio(told):
    found = told(ranking.main, "--rows", "16", "--places", "200")
    assert (found["rows"], found["places"]) == (16, 200)
    assert found["peer"] == "scipy.stats.rankdata"


def test_ranks_that_disagree_are_no_benchmark(monkeypatch):
    monkeypatch.setattr(ranking, "peer", lambda scores, target: np.zeros(len(scores)))
    with pytest.raises(AssertionError):
        ranking.main(["--rows", "4", "--places", "10"])
