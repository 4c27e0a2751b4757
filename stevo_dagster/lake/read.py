"""Reading: release tables and marts, from verified files, without ever waiting for a writer.

Belongs here: the read API of downstream teams; it needs duckdb alone (pandas or pyarrow only where
a DataFrame or an Arrow table is asked for). Does not belong here: who may read what (`access.py`).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import duckdb

from stevo_dagster.errors import StevoError
from stevo_dagster.lake import releases as release_store
from stevo_dagster.lake.files import files, verified
from stevo_dagster.lake.hashes import file_sha256
from stevo_dagster.lake.layout import Lake, day_partition
from stevo_dagster.lake.manifest import partitions, tables
from stevo_dagster.lake.sql import scan, sql_text

Form = Literal["pandas", "arrow", "records"]

_verified_tables: set[Path] = set()


def read(
    table: str,
    release: str | None = None,
    *,
    days: Iterable[str] | None = None,
    sql: str | None = None,
    as_: Form = "pandas",
    home: Path | str | None = None,
) -> Any:
    """Read one table of the current release, or one mart.

    Args:
        table: a table of the release, or any published table of the lake.
        release: a release id; None means the current one. A mart is then read in the versions
            that the release was made from.
        days: UTC days, for marts with one partition a day; None means all.
        sql: a query over the table, which it knows by its name; None means all rows.
        as_: "pandas" (DataFrame), "arrow" (Arrow table) or "records" (list of dicts).
        home: the home folder; None means `STEVO_HOME`, else `.stevo`.

    Returns:
        The rows, in the form asked for.

    Raises:
        StevoError: no such table or release, a day that is not published, or a damaged file.
    """
    from stevo_dagster.settings import load_settings

    settings = load_settings(Path(home) if home else None)
    paths = table_files(settings.lake, settings.releases, table, release, days)
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        create_view(con, table, paths)
        found = con.execute(sql or f'select * from "{table}"')
        if as_ == "pandas":
            return found.df()
        if as_ == "arrow":
            return found.to_arrow_table()
        names = [column[0] for column in found.description or []]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def table_files(
    lake: Lake,
    releases: Path,
    table: str,
    release: str | None = None,
    days: Iterable[str] | None = None,
) -> list[Path]:
    """Verified files behind a table name, the release's own tables first.

    Raises:
        StevoError: as `read`.
    """
    chosen = release_store.get(releases, release) if release else release_store.current(releases)
    if chosen is not None and table in chosen.tables:
        return [_verified_release_file(chosen, table)]
    published = partitions(lake, table) if table.isidentifier() else []
    if not published:
        raise no_such_table(lake, chosen, table)
    wanted = published if days is None else [day_partition(day) for day in days]
    if release is None:
        return files(lake, table, wanted)
    assert chosen is not None
    return _pinned_files(lake, chosen, table, wanted if days is not None else None)


def connect(
    lake: Lake,
    wanted: Iterable[str] | None = None,
    *,
    memory_limit: str | None = None,
    threads: int | None = None,
) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB with one view a published table of the lake.

    Args:
        lake: the lake.
        wanted: table names; None means all.
        memory_limit: as DuckDB writes it, such as "2GB".
        threads: number of threads.

    Returns:
        An open connection in UTC. The views list the files published now, verified.
    """
    con = duckdb.connect()
    con.execute("set timezone = 'UTC'")
    if memory_limit:
        con.execute(f"set memory_limit = {sql_text(memory_limit)}")
    if threads:
        con.execute(f"set threads = {int(threads)}")
    for table in tables(lake) if wanted is None else wanted:
        create_view(con, table, files(lake, table))
    return con


def create_view(con: duckdb.DuckDBPyConnection, table: str, paths: list[Path]) -> None:
    """Make a view over a frozen list of Parquet files."""
    con.execute(f'create or replace view "{table}" as select * from {scan(paths)}')


def _pinned_files(
    lake: Lake, release: release_store.Release, table: str, wanted: list[str] | None
) -> list[Path]:
    pins: Mapping[str, str] = {
        name.removeprefix(f"{table}/"): version
        for name, version in release.pins.items()
        if name.startswith(f"{table}/")
    }
    missing = [name for name in wanted or [] if name not in pins]
    if not pins or missing:
        raise StevoError(
            f"release {release.id} was not made from {table} {' '.join(missing)}".rstrip(),
            where=str(release.folder),
            fix="read it without a release to get what is published now",
        )
    names = sorted(pins) if wanted is None else wanted
    return [verified(lake.versions(table, name) / pins[name]) for name in names]


def _verified_release_file(release: release_store.Release, table: str) -> Path:
    path = release.table_file(table)
    if path not in _verified_tables:
        if not path.is_file() or file_sha256(path) != release.info["tables"][table]["sha256"]:
            raise StevoError(
                "a table of a release is damaged (sha256 differs)",
                where=str(path),
                fix="`stevo doctor --repair` copies it again; older ones: `stevo releases list`",
            )
        _verified_tables.add(path)
    return path


def no_such_table(lake: Lake, release: release_store.Release | None, table: str) -> StevoError:
    """What is said of a table that is not there: names that are close, or those there are."""
    known = sorted({*tables(lake), *(release.tables if release else [])})
    close = difflib.get_close_matches(table, known, n=3)
    if not known:
        return StevoError(
            f"there is no table {table!r}: nothing is published yet",
            where=str(lake.root),
            fix="run `stevo demo`, or `stevo ingest` and `stevo run`",
        )
    return StevoError(
        f"there is no table {table!r}",
        where=str(lake.root),
        fix=f"did you mean {', '.join(close)}?" if close else f"choose one of: {', '.join(known)}",
    )
