"""Staging folders: where a run writes before anything is visible, and how dead ones are swept.

Belongs here: the life of `.staging/<run_id>`. Does not belong here: publication (`publish.py`).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from stevo_dagster.errors import StevoError
from stevo_dagster.lake.layout import Lake
from stevo_dagster.lake.locks import FileLock

# Longer than a sweep holds one folder.
SWEEP_SECONDS = 5.0


@contextmanager
def run_staging(lake: Lake, run_id: str) -> Iterator[None]:
    """Own the staging folder of a run while it lives; it is removed at the end.

    The flock on `.alive` tells a dead run's staging from a live one's: the kernel frees it at a
    kill.

    Raises:
        StevoError: another process works under this run id.
    """
    alive = _hold(lake, run_id)
    try:
        yield
    finally:
        shutil.rmtree(lake.staging(run_id), ignore_errors=True)
        alive.release()


def sweep_staging(lake: Lake) -> list[str]:
    """Remove the staging of runs that are dead.

    Returns:
        The swept run ids.
    """
    root = lake.root / ".staging"
    swept = []
    for folder in sorted(root.iterdir()) if root.is_dir() else []:
        try:
            alive = FileLock.take(folder / ".alive", wait_seconds=0)
        except TimeoutError:
            continue
        shutil.rmtree(folder)
        alive.release()
        swept.append(folder.name)
    return swept


def _hold(lake: Lake, run_id: str) -> FileLock:
    # A sweep may lock and remove the folder between its making and its locking here: then the sweep
    # is waited for, and the folder is made again.
    path = lake.staging(run_id) / ".alive"
    while True:
        try:
            alive = FileLock.take(path, SWEEP_SECONDS)
        except TimeoutError:
            raise StevoError(
                f"run {run_id} is at work in another process",
                where=str(path),
                fix="wait for it to end, or start a run with an id of its own",
            ) from None
        if path.exists():
            return alive
        alive.release()
