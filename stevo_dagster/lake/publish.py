"""Publication: a staged file becomes an immutable version, and one rename switches the link.

Belongs here: the order of writes, fsyncs and renames that makes a kill leave the old or the new
version. Does not belong here: deciding whether something may be published (the callers' audits).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb

from stevo_dagster.errors import StevoError
from stevo_dagster.lake.files import damage
from stevo_dagster.lake.hashes import file_sha256, measure
from stevo_dagster.lake.layout import MANIFEST, PART, Lake
from stevo_dagster.lake.locks import lock
from stevo_dagster.lake.manifest import Manifest, load_manifest
from stevo_dagster.lake.sql import scan, sql_text


def publish(
    lake: Lake,
    run_id: str,
    table: str,
    partition: str,
    *,
    code_hash: str,
    inputs: Mapping[str, str] | None = None,
    wait_seconds: float = 0,
) -> Manifest:
    """Publish what `run_id` staged for one partition.

    Args:
        lake: the lake.
        run_id: the run whose staging holds the file.
        table: the table's name.
        partition: the partition's name.
        code_hash: hash of the code that made the rows.
        inputs: "table/partition" to the version or content hash that was read.
        wait_seconds: how long to wait for another writer of this partition.

    Returns:
        The manifest now published. Equal content, code and inputs make no new version.

    Raises:
        StevoError: nothing was staged, or another process writes this partition.
    """
    staged = lake.staged_file(run_id, table, partition)
    if not staged.is_file():
        raise StevoError(f"{table} {partition} was not staged by run {run_id}", where=str(staged))
    described = describe(staged, table, partition, code_hash, dict(inputs or {}), run_id)
    with lock(lake, table, partition, wait_seconds):
        folder = lake.versions(table, partition) / described.version
        if folder.is_dir() and damage(folder) is None:
            described = load_manifest(folder)
            shutil.rmtree(staged.parent)
        else:
            _move_into_place(staged.parent, folder, described)
        _switch(lake.link(table, partition), folder)
    return described


def describe(
    path: Path,
    table: str,
    partition: str,
    code_hash: str,
    inputs: Mapping[str, str],
    run_id: str,
) -> Manifest:
    """The manifest of a Parquet file, computed from its bytes and rows."""
    with _database(os.getpid()).cursor() as con:
        found = measure(con, scan([path]))
    return Manifest(
        table=table,
        partition=partition,
        sha256=file_sha256(path),
        size=path.stat().st_size,
        rows=found.rows,
        content_hash=found.content_hash,
        schema=[{"name": name, "type": kind} for name, kind in found.columns],
        code_hash=code_hash,
        inputs=inputs,
        run_id=run_id,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def write_table(
    lake: Lake,
    run_id: str,
    table: str,
    partition: str,
    data: Any,
    *,
    code_hash: str,
    inputs: Mapping[str, str] | None = None,
    wait_seconds: float = 0,
) -> Manifest:
    """Stage a table held in memory and publish it.

    Args:
        lake: the lake.
        run_id: the run that writes; its staging should be held by `run_staging`.
        table: the table's name.
        partition: the partition's name.
        data: a pandas DataFrame, an Arrow table, or a DuckDB relation.
        code_hash: as in `publish`.
        inputs: as in `publish`.
        wait_seconds: as in `publish`.

    Returns:
        The published manifest.
    """
    stage_table(lake, run_id, table, partition, data)
    return publish(
        lake,
        run_id,
        table,
        partition,
        code_hash=code_hash,
        inputs=inputs,
        wait_seconds=wait_seconds,
    )


def stage_table(lake: Lake, run_id: str, table: str, partition: str, data: Any) -> Path:
    """Write a table held in memory into a run's staging, and return the file."""
    path = lake.staged_file(run_id, table, partition)
    if isinstance(data, duckdb.DuckDBPyRelation):
        data.write_parquet(str(path), compression="zstd")
        return path
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        con.register("data", data)
        con.execute(f"copy data to {sql_text(str(path))} (format parquet, compression zstd)")
    return path


@lru_cache(maxsize=1)
def _database(_process: int) -> duckdb.DuckDBPyConnection:
    """The empty database of this process that files are described in.

    Opening one costs more than describing a small file, and a run describes hundreds. Threads of
    the process take a cursor each; it has no threads of its own, which a fork would leave behind.
    """
    return duckdb.connect(config={"threads": 1})


def fsync_path(path: Path) -> None:
    """Flush a file or folder to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make_lasting(folder: Path) -> None:
    """Make a folder, and flush its name and those of its new parents into the folders above."""
    if folder.is_dir():
        return
    _make_lasting(folder.parent)
    folder.mkdir(exist_ok=True)
    fsync_path(folder.parent)


def _move_into_place(staged: Path, folder: Path, described: Manifest) -> None:
    with (staged / MANIFEST).open("w") as handle:
        handle.write(described.to_json())
        handle.flush()
        os.fsync(handle.fileno())
    fsync_path(staged / PART)
    fsync_path(staged)
    _make_lasting(folder.parent)
    if folder.is_dir():
        # Reached only for a damaged version: its name says what the bytes should have been.
        shutil.rmtree(folder)
    os.rename(staged, folder)
    fsync_path(folder.parent)


def _switch(link: Path, folder: Path) -> None:
    target = os.path.relpath(folder, link.parent)
    if link.is_symlink() and os.readlink(link) == target:
        return
    _make_lasting(link.parent)
    new = link.with_name(f".{link.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    os.replace(new, link)
    fsync_path(link.parent)
