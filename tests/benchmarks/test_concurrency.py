"""The benchmark of concurrency, small: two writers, one of them killed, and a reader."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from benchmarks import concurrency


def test_stretches_cover_every_day_and_overlap_at_their_edges():
    found = [one.split("..") for one in concurrency.ranges(32, 8)]
    assert len(found) == 8
    assert found[0][0] == str(concurrency.FIRST)
    assert found[-1][1] == str(concurrency.FIRST + timedelta(days=31))
    for (_, last), (first, _) in pairwise(found):
        assert first < last, "two writers share these days"


@pytest.mark.long
def test_writers_readers_and_a_kill_leave_what_one_backfill_leaves(told):
    found = told(
        concurrency.main,
        *("--writers", "2", "--days", "4", "--readers", "1", "--kills", "1", "--people", "4"),
        *("--select", "int_events_clean,fct_events"),
    )
    assert found["passed"], found
    assert (found["lock_errors"], found["failed_writers"], found["bad_reads"]) == (0, [], [])
    assert found["kills"] == 1 and found["reads"] > 0
    assert found["differing"] == found["missing"] == [] and found["partitions"] > 8
