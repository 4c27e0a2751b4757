"""From what Spark wrote to what the publisher takes: one file a partition, in the contract's types.

Belongs here: that translation, after dbt ended. Does not belong here: publication
(`stevo_dagster.warehouse.publish`).

Each file goes through DuckDB once more, as a stream: Spark has no unsigned 64-bit integer, names
its files itself and leaves out days without rows.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import duckdb

from stevo_dagster.lake import UNDATED, day_of, day_partition, scan, sql_text
from stevo_dagster.settings import Settings
from stevo_dagster.warehouse.tables import tables


def settle(settings: Settings, run_id: str, days: Sequence[date]) -> list[Path]:
    """Stage every partition of the run that Spark wrote; its own files are removed.

    Args:
        settings: the home.
        run_id: the run whose staging holds Spark's files.
        days: the run's own days; days that were made for children alone are not published.

    Returns:
        The staged files.
    """
    root = settings.lake.staging(run_id) / "spark"
    names = (
        sorted(tables().keys() & {path.name for path in root.iterdir()}) if root.is_dir() else []
    )
    staged = []
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        con.execute(f"set memory_limit = {sql_text(settings.memory_limit)}")
        con.execute(f"set threads = {settings.threads}")
        for name in names:
            for part in [day_partition(day) for day in days] or [UNDATED]:
                path = settings.lake.staged_file(run_id, name, part)
                rows = _typed(tables()[name].columns, _files(root / name, part))
                con.execute(
                    f"copy ({rows}) to {sql_text(str(path))} (format parquet, compression zstd)"
                )
                staged.append(path)
    shutil.rmtree(root, ignore_errors=True)
    return staged


def _files(folder: Path, partition: str) -> list[Path]:
    inside = folder if partition == UNDATED else folder / f"lake_day={day_of(partition)}"
    return sorted(inside.glob("*.parquet"))


def _typed(columns: Mapping[str, str], paths: Sequence[Path]) -> str:
    if not paths:
        nothing = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in columns.items())
        return f"select {nothing} where false"
    typed = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in columns.items())
    return f"select {typed} from {scan(paths)}"
