"""The home of a data set made ready, and its Dagster instance.

Belongs here: making the folders of a home, `dagster.yaml`, opening the instance, closing runs that
were killed. Does not belong here: what a run does (`chain.py`, `defs/`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from stevo_dagster.errors import StevoError
from stevo_dagster.home import read_home, update_home
from stevo_dagster.lake.locks import held
from stevo_dagster.settings import Settings

if TYPE_CHECKING:
    import dagster as dg

# Tag of runs that `stevo run` executes in its own process: no daemon watches over them.
COMMAND_TAG = "stevo/command"
BOOTSTRAP_SECONDS = 60.0
# Runs of the warehouse that Dagster's queue starts at once, where the user allows it more runs than
# that. It spares memory; days are safe without it, in as many processes as there are.
WAREHOUSE_POOL = "warehouse"
WAREHOUSE_RUNS = 4

DAGSTER_YAML = """\
# Written by stevo. SQLite storage in this folder; nothing is reported to anyone.
telemetry:
  enabled: false
concurrency:
  runs:
    max_concurrent_runs: 2
  pools:
    # The queue counts runs. Steps would hold slots that a killed process never gives back.
    granularity: run
run_retries:
  enabled: true
  max_retries: 0
run_monitoring:
  enabled: true
"""


def bootstrap(settings: Settings) -> None:
    """Make the folders of a home, `home.json` and Dagster's storage where they are missing.

    Two processes that start at once take turns: Dagster's storage fails when two create it.

    Raises:
        StevoError: the home was written by a newer stevo, or another process took too long.
    """
    ready = settings.dagster_home / ".storage-ready"
    if read_home(settings) is not None and ready.exists():
        return
    refusal = StevoError(
        "another process has been making this home ready for too long",
        where=str(settings.home),
        fix="look for a stopped stevo process, end it, and try again",
    )
    with held(settings.home / "bootstrap.lock", refusal, BOOTSTRAP_SECONDS):
        if read_home(settings) is None:
            update_home(settings)
        for folder in (settings.lake.root, settings.inbox, settings.releases, settings.models):
            folder.mkdir(parents=True, exist_ok=True)
        settings.dagster_home.mkdir(exist_ok=True)
        config = settings.dagster_home / "dagster.yaml"
        if not config.exists():
            write_whole(config, DAGSTER_YAML)
        _create_storage(settings.dagster_home)
        ready.touch()


def _create_storage(dagster_home: Path) -> None:
    """Make Dagster write its schemas, by asking each storage something, and register the pool.

    A pool that no one registered limits nothing until a run has asked for it.
    """
    import dagster as dg

    with dg.DagsterInstance.from_config(str(dagster_home)) as instance:
        instance.get_runs_count()
        instance.get_asset_keys(limit=1)
        instance.all_instigator_state()
        instance.event_log_storage.set_concurrency_slots(WAREHOUSE_POOL, WAREHOUSE_RUNS)


def write_whole(path: Path, text: str) -> None:
    """Write a text file so that a kill leaves the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.write_text(text)
    new.replace(path)


@contextmanager
def open_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The Dagster instance of a home, made ready first."""
    import dagster as dg

    bootstrap(settings)
    os.environ["DAGSTER_HOME"] = str(settings.dagster_home)
    with dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance:
        yield instance


def close_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Mark runs of killed `stevo run` processes as failed; call while holding the home's run lock.

    Returns:
        Their run ids. What they published but did not record is recorded by `records.py`.
    """
    import dagster as dg

    unfinished = instance.get_runs(
        dg.RunsFilter(
            tags={COMMAND_TAG: "run"},
            statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING],
        )
    )
    for run in unfinished:
        instance.report_run_failed(run, "the process was killed")
    return [run.run_id for run in unfinished]
