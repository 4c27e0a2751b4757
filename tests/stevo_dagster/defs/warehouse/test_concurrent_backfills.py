"""Processes that backfill: two at once in a home that is new to Dagster, and one told to stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from stevo_dagster.lake import day_partition, partitions
from stevo_dagster.settings import Settings
from stevo_dagster.warehouse import plan
from stevo_dagster.warehouse.build import ensure_manifest

pytestmark = pytest.mark.slow


def start(settings: Settings, days: str) -> subprocess.Popen[str]:
    """`stevo backfill` in a process of its own."""
    code = "from stevo_dagster.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, "backfill", days],
        env={**os.environ, "STEVO_HOME": str(settings.home), "STEVO_ENV": settings.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_two_processes_that_overlap_by_a_day_take_turns(settings, publish_day, three_days):
    ensure_manifest()
    for day in three_days:
        publish_day(day)
    first, middle, last = three_days
    ranges = (f"{first}..{middle}", f"{middle}..{last}")
    running = [start(settings, days) for days in ranges]
    told = [process.communicate(timeout=300)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0], "\n".join(told)
    wanted = [day_partition(day) for day in three_days]
    for name in plan.DAY_MODELS:
        assert partitions(settings.lake, name) == wanted, name
    assert plan.stale_days(settings, first, last) == []
    assert plan.stale_undated(settings) == [], "whoever came last saw every day"


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_one_that_is_told_to_stop_stops_and_is_not_a_failed_chunk(
    settings, publish_day, three_days, told
):
    ensure_manifest()
    for day in three_days:
        publish_day(day)
    process = start(settings, f"{three_days[0]}..{three_days[-1]}")
    deadline = time.monotonic() + 120
    while not list((settings.lake.root / ".staging").glob("*.build_days/spill")):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(told)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130, output
    assert "day by day" not in output
    assert plan.stale_days(settings, three_days[0], three_days[-1]) == list(three_days)
