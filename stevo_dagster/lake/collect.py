"""Garbage collection of versions: what is published, pinned, leased or recent is kept.

Belongs here: leases of long readers and the removal of old versions. Does not belong here:
staging (`staging.py`) or releases (`releases.py`).
"""

from __future__ import annotations

import json
import shutil
import time
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from stevo_dagster.lake.layout import Lake
from stevo_dagster.lake.locks import FileLock, lock

RECENT_SECONDS = 3600.0


@contextmanager
def lease(lake: Lake, paths: Collection[Path]) -> Iterator[None]:
    """Keep the versions behind `paths` from collection while the block runs."""
    name = lake.leases / f"{uuid.uuid4().hex}.json"
    held = FileLock.take(name, wait_seconds=0)
    name.write_text(json.dumps([str(path) for path in paths]))
    try:
        yield
    finally:
        name.unlink(missing_ok=True)
        held.release()


def collect_garbage(
    lake: Lake,
    keep: int = 2,
    pinned: Collection[Path] = (),
    recent_seconds: float = RECENT_SECONDS,
) -> list[Path]:
    """Remove old versions.

    Args:
        lake: the lake.
        keep: how many of the newest versions of each partition stay.
        pinned: version folders that a kept release reads.
        recent_seconds: versions younger than this stay, since a reader may just have listed them.

    Returns:
        The removed version folders.
    """
    kept = {path.resolve() for path in pinned} | _leased(lake)
    removed = []
    for partition in sorted((lake.root / ".versions").glob("*/*")):
        link = lake.link(partition.parent.name, partition.name)
        with lock(lake, partition.parent.name, partition.name, wait_seconds=10):
            newest = sorted(
                partition.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True
            )
            for folder in newest[keep:]:
                young = time.time() - folder.stat().st_mtime < recent_seconds
                if young or folder.resolve() in kept or link.resolve() == folder.resolve():
                    continue
                shutil.rmtree(folder)
                removed.append(folder)
    return removed


def _leased(lake: Lake) -> set[Path]:
    leased: set[Path] = set()
    for name in lake.leases.glob("*.json") if lake.leases.is_dir() else []:
        try:
            dead = FileLock.take(name, wait_seconds=0)
        except TimeoutError:
            text = name.read_text()
            for path in json.loads(text) if text else []:
                resolved = Path(path).resolve()
                leased |= {resolved, resolved.parent}
        else:
            name.unlink(missing_ok=True)
            dead.release()
    return leased
