"""Locks that the kernel frees when their process dies: one per table and partition.

Belongs here: flock and waiting for it. Does not belong here: what is done under a lock.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from stevo_dagster.errors import Busy, StevoError
from stevo_dagster.lake.layout import Lake

POLL_SECONDS = 0.05


@dataclass
class FileLock:
    """A flock on one file, held until `release`."""

    path: Path
    descriptor: int

    @classmethod
    def take(cls, path: Path, wait_seconds: float, *, shared: bool = False) -> FileLock:
        """Take the lock, waiting at most `wait_seconds`. Shared holders keep out exclusive ones.

        Raises:
            TimeoutError: another holder kept it for longer.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        deadline = time.monotonic() + wait_seconds
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        while True:
            try:
                fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    os.close(descriptor)
                    raise TimeoutError(str(path)) from None
                time.sleep(POLL_SECONDS)
            else:
                return cls(path, descriptor)

    def release(self) -> None:
        """Free the lock. The file stays, so that no two holders ever lock different files."""
        os.close(self.descriptor)


@contextmanager
def held(
    path: Path, refusal: StevoError, wait_seconds: float = 0, *, shared: bool = False
) -> Iterator[None]:
    """Hold a lock file.

    Raises:
        StevoError: `refusal`, where another process holds it and did not free it in time.
    """
    try:
        taken = FileLock.take(path, wait_seconds, shared=shared)
    except TimeoutError:
        raise refusal from None
    try:
        yield
    finally:
        taken.release()


@contextmanager
def lock(lake: Lake, table: str, partition: str, wait_seconds: float = 0) -> Iterator[None]:
    """Hold the lock of one table's partition.

    Raises:
        Busy: another process holds it and did not free it in time.
    """
    path = lake.lock(table, partition)
    refusal = Busy(
        f"{table} {partition} is being written by another process",
        where=str(path),
        fix="wait for that run to end, then run this again",
    )
    with held(path, refusal, wait_seconds):
        yield


@contextmanager
def lock_all(
    lake: Lake, table: str, partitions: list[str], wait_seconds: float = 0
) -> Iterator[None]:
    """Hold the locks of several partitions, taken in sorted order so that no two runs deadlock."""
    with ExitStack() as stack:
        for partition in sorted(set(partitions)):
            stack.enter_context(lock(lake, table, partition, wait_seconds))
        yield
