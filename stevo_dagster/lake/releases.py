"""Releases: immutable folders of published tables behind one pointer.

Belongs here: making, switching, pinning, rolling back and dropping releases. Does not belong here:
what goes into one (the release asset) or reading its tables (`read.py`).

```
releases/<id>/<table>.parquet, report.html, report.zh.html, release.json
releases/current -> <id>            the pointer, switched by one rename
releases/.pinned/<id>               a pinned release is never dropped
```
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stevo_dagster.errors import StevoError
from stevo_dagster.lake.hashes import file_sha256
from stevo_dagster.lake.layout import PART, UNDATED, Lake
from stevo_dagster.lake.publish import fsync_path

FORMAT = 1
CURRENT = "current"

_ID = re.compile(r"[0-9]{8}T[0-9]{6}-[0-9a-f]{8}\Z")


@dataclass(frozen=True)
class Release:
    """One release as `release.json` tells it."""

    id: str
    folder: Path
    info: Mapping[str, Any]

    @property
    def tables(self) -> list[str]:
        """Names of the tables it holds, sorted."""
        return sorted(self.info["tables"])

    @property
    def pins(self) -> Mapping[str, str]:
        """ "table/partition" of the lake to the version this release was made from."""
        return self.info.get("lake", {})

    def table_file(self, table: str) -> Path:
        """The Parquet file of a table, not verified (see `read.py`)."""
        return self.folder / f"{table}.parquet"


def build(
    releases: Path,
    tables: Mapping[str, Path],
    extra_files: Mapping[str, Path],
    info: Mapping[str, Any],
) -> Release:
    """Make a complete release that no reader sees yet.

    Args:
        releases: the releases folder of a home.
        tables: table name to a Parquet file to copy.
        extra_files: file name to a file to copy, such as the report.
        info: further fields of `release.json` (code, data and model hashes, as_of, rows, checks,
            `lake` pins).

    Returns:
        The release, under its final id but not yet current. The id is the time of making and a hash
        of the tables, so two releases never share one.
    """
    now = datetime.now(UTC)
    hashes = {name: file_sha256(path) for name, path in sorted(tables.items())}
    digest = "".join(hashes.values())
    release_id = f"{now:%Y%m%dT%H%M%S}-{_short_hash(digest)}"
    making = releases / ".making" / f"{release_id}-{os.getpid()}"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    for name, path in tables.items():
        _copy(path, making / f"{name}.parquet")
    for name, path in extra_files.items():
        _copy(path, making / name)
    described = {
        **info,
        "format": FORMAT,
        "id": release_id,
        "created_at": now.isoformat(timespec="seconds"),
        "tables": {name: {"sha256": sha} for name, sha in hashes.items()},
        "files": {name: {"sha256": file_sha256(path)} for name, path in extra_files.items()},
    }
    _write_json(making / "release.json", described)
    fsync_path(making)
    folder = releases / release_id
    if folder.exists():
        raise StevoError("a release with this id exists already", where=str(folder))
    os.rename(making, folder)
    fsync_path(releases)
    return Release(release_id, folder, described)


def switch(releases: Path, release_id: str) -> None:
    """Point readers to a release, by one rename."""
    get(releases, release_id)
    new = releases / f".{CURRENT}.{os.getpid()}"
    new.unlink(missing_ok=True)
    new.symlink_to(release_id)
    os.replace(new, releases / CURRENT)
    fsync_path(releases)


def current(releases: Path) -> Release | None:
    """The release that readers get, or None before the first one."""
    try:
        release_id = os.readlink(releases / CURRENT)
    except FileNotFoundError:
        return None
    return get(releases, release_id)


def get(releases: Path, release_id: str) -> Release:
    """One release by id.

    Raises:
        StevoError: no such release, or its `release.json` was written by a newer stevo.
    """
    folder = releases / release_id
    if not _ID.match(release_id) or not (folder / "release.json").is_file():
        known = ", ".join(release.id for release in list_releases(releases)) or "none yet"
        raise StevoError(
            f"there is no release {release_id!r}",
            where=str(releases),
            fix=f"choose one that `stevo releases list` shows: {known}",
        )
    info = json.loads((folder / "release.json").read_text())
    if info["format"] > FORMAT:
        raise StevoError(
            f"release {release_id} was written by a newer stevo (format {info['format']})",
            where=str(folder),
            fix="install that newer stevo",
        )
    return Release(release_id, folder, info)


def list_releases(releases: Path) -> list[Release]:
    """Every complete release, oldest first."""
    if not releases.is_dir():
        return []
    return [
        get(releases, entry.name)
        for entry in sorted(releases.iterdir())
        if _ID.match(entry.name) and (entry / "release.json").is_file()
    ]


def pin(releases: Path, release_id: str) -> None:
    """Keep a release from being dropped."""
    get(releases, release_id)
    (releases / ".pinned").mkdir(exist_ok=True)
    (releases / ".pinned" / release_id).touch()


def unpin(releases: Path, release_id: str) -> None:
    """Let a pinned release be dropped again."""
    get(releases, release_id)
    (releases / ".pinned" / release_id).unlink(missing_ok=True)


def is_pinned(releases: Path, release_id: str) -> bool:
    """Whether a release is pinned."""
    return (releases / ".pinned" / release_id).exists()


def roll_back(releases: Path) -> Release:
    """Point readers to the release before the current one.

    Raises:
        StevoError: there is no earlier release.
    """
    now = current(releases)
    earlier = [r for r in list_releases(releases) if now is not None and r.id < now.id]
    if not earlier:
        raise StevoError(
            "there is no earlier release to roll back to",
            where=str(releases),
            fix="`stevo releases list` shows what there is",
        )
    switch(releases, earlier[-1].id)
    return earlier[-1]


def drop_old(releases: Path, keep: int) -> list[str]:
    """Remove all but the newest `keep` releases; the current and pinned ones stay.

    Returns:
        Ids of the removed ones.
    """
    now = current(releases)
    dropped = []
    for release in list_releases(releases)[:-keep]:
        if (now and release.id == now.id) or is_pinned(releases, release.id):
            continue
        # Renamed first, so that a kill in between leaves no half release that looks whole.
        doomed = releases / ".making" / f"dropped-{release.id}"
        doomed.parent.mkdir(exist_ok=True)
        os.rename(release.folder, doomed)
        shutil.rmtree(doomed)
        dropped.append(release.id)
    return dropped


def damaged_files(release: Release) -> list[Path]:
    """Files of a release that are missing, or not what `release.json` says."""
    told = {release.table_file(name): one["sha256"] for name, one in release.info["tables"].items()}
    # Releases of before had no hash of their report.
    for name, one in release.info.get("files", {}).items():
        told[release.folder / name] = one["sha256"]
    return [path for path, sha in told.items() if not path.is_file() or file_sha256(path) != sha]


def restore_table(release: Release, table: str, lake: Lake) -> bool:
    """Copy a table of a release again from the version of the lake that it was made from.

    Returns:
        Whether that version is there and sound; else nothing is changed.
    """
    version = release.pins.get(f"{table}/{UNDATED}")
    if version is None:
        return False
    source = lake.versions(table, UNDATED) / version / PART
    if not source.is_file() or file_sha256(source) != release.info["tables"][table]["sha256"]:
        return False
    new = release.folder / f".{table}.{os.getpid()}"
    _copy(source, new)
    os.replace(new, release.table_file(table))
    fsync_path(release.folder)
    return True


def pinned_versions(releases: Path, lake: Lake) -> set[Path]:
    """The version folders of the lake that a kept release was made from."""
    return {
        lake.versions(*name.split("/", 1)) / version
        for release in list_releases(releases)
        for name, version in release.pins.items()
    }


def sweep_unfinished(releases: Path) -> None:
    """Remove what killed runs left half made."""
    shutil.rmtree(releases / ".making", ignore_errors=True)


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    fsync_path(target)


def _write_json(path: Path, value: object) -> None:
    with path.open("w") as handle:
        handle.write(json.dumps(value, indent=2, sort_keys=True) + "\n")
        handle.flush()
        os.fsync(handle.fileno())
