"""Good day, bad day, good day under a real daemon: the bad one takes nothing with it.

A real `dagster-daemon` over `workspace.yaml`, with its own code server and run processes, in a
fresh home. The rule without processes is tested in `test_conditions.py` and
`defs/warehouse/test_bad_day.py`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from stevo_dagster.lake import day_of, partitions
from stevo_dagster.settings import PROJECT_ROOT, Settings
from stevo_dagster.warehouse.plan import DAY_MODELS, WINDOW_MODELS

pytestmark = pytest.mark.slow

# It takes about a minute on two idle cores; what is far above that hangs.
LONGEST_SECONDS = 240
ENDED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE)
# It counts what cleaning removed, straight from `events`, so it stands beside the failed table.
BESIDE = "fct_cleaning_ledger"


@pytest.fixture
def daemon(settings: Settings, tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Start a daemon on the home; it and all it started are ended with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        command = Path(sys.executable).parent / "dagster-daemon"
        process = subprocess.Popen(
            [str(command), "run", "--workspace", "workspace.yaml"],
            env={**os.environ, "DAGSTER_HOME": str(settings.dagster_home)},
            cwd=PROJECT_ROOT,
            stdout=(tmp_path / "daemon.log").open("wb"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        # The process leads a group of its own: its code server and runs are in it.
        os.killpg(process.pid, signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(30)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)


def run_day(run: dg.DagsterRun) -> str | None:
    return run.tags.get("dagster/partition")


def selected(run: dg.DagsterRun) -> set[str]:
    return {key.path[-1] for key in run.asset_selection or ()}


def day_runs(instance: dg.DagsterInstance) -> list[dg.RunRecord]:
    """Runs that build the tables of a day, oldest first."""
    records = instance.get_run_records(ascending=True, order_by="create_timestamp")
    return [one for one in records if selected(one.dagster_run) & set(DAY_MODELS)]


def last_tick(instance: dg.DagsterInstance) -> float:
    """When the newest automation tick that is over began (Unix seconds), or 0."""
    for state in instance.all_instigator_state():
        if state.instigator_name == "automation":
            ticks = instance.get_ticks(state.instigator_origin_id, state.selector_id, limit=5)
            over = [tick.timestamp for tick in ticks if tick.end_timestamp]
            return max(over, default=0.0)
    return 0.0


def is_over(instance: dg.DagsterInstance, days: tuple[date, ...]) -> bool:
    """Whether every day was built or failed twice, and automation has looked at that since."""
    found = day_runs(instance)
    if len(found) < len(days) + 1 or any(one.dagster_run.status not in ENDED for one in found):
        return False
    return last_tick(instance) > max(one.end_time or time.time() for one in found)


def test_the_good_days_are_built_and_nothing_stands_on_the_bad_one(
    settings, instance, publish_day, three_days, daemon, tmp_path
):
    from stevo_dagster.records import record_events

    good, bad, last = three_days
    for day in three_days:
        publish_day(day, event_type="teleport" if day == bad else "check_in")
    record_events(instance, settings.lake)
    process = daemon()
    began = time.monotonic()
    while not is_over(instance, three_days):
        log = (tmp_path / "daemon.log").read_text()[-4000:]
        assert process.poll() is None, log
        assert time.monotonic() - began < LONGEST_SECONDS, log
        time.sleep(0.5)

    for table in DAY_MODELS:
        wanted = set(three_days) if table == BESIDE else {good, last}
        assert {day_of(part) for part in partitions(settings.lake, table)} == wanted, table
        recorded = instance.get_materialized_partitions(dg.AssetKey(table))
        assert recorded == {day.isoformat() for day in wanted}, table

    runs = [one.dagster_run for one in day_runs(instance)]
    ends = [(run_day(run), run.status) for run in runs]
    failed, built = dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.SUCCESS
    assert sorted(ends, key=str) == [
        (good.isoformat(), built),
        (bad.isoformat(), failed),
        (bad.isoformat(), failed),
        (last.isoformat(), built),
    ], "each day once, and the bad one once more"
    others = [run for run in instance.get_runs() if run.run_id not in {one.run_id for one in runs}]
    assert {(run_day(run), name) for run in others for name in selected(run)} <= {
        (good.isoformat(), name) for name in WINDOW_MODELS
    }, "no window looks back on the bad day, and no undated table, model or release over it"
