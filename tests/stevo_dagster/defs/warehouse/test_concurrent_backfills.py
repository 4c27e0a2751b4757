"""Two backfills at once in a home that is new to Dagster: both end well, every day is current."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from stevo_dagster.lake import day_partition, partitions
from stevo_dagster.warehouse import plan
from stevo_dagster.warehouse.build import ensure_manifest

pytestmark = pytest.mark.slow


def test_two_processes_that_overlap_by_a_day_take_turns(settings, publish_day, three_days):
    ensure_manifest()
    for day in three_days:
        publish_day(day)
    first, middle, last = three_days
    ranges = (f"{first}..{middle}", f"{middle}..{last}")
    code = "from stevo_dagster.cli import main; main()"
    env = {**os.environ, "STEVO_HOME": str(settings.home), "STEVO_ENV": settings.environment}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code, "backfill", days],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for days in ranges
    ]
    told = [process.communicate(timeout=300)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0], "\n".join(told)
    wanted = [day_partition(day) for day in three_days]
    for name in plan.DAY_MODELS:
        assert partitions(settings.lake, name) == wanted, name
    assert plan.stale_days(settings, first, last) == []
    assert plan.stale_undated(settings) == [], "whoever came last saw every day"
