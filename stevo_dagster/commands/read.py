"""`stevo read`: print or save a table of a release, or a mart.

Belongs here: options and output forms. Does not belong here: reading itself (`lake/read.py`).
"""

from __future__ import annotations

import csv
import json
import sys
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from stevo_dagster.errors import StevoError

if TYPE_CHECKING:
    import duckdb

    from stevo_dagster.settings import Settings


class Form(StrEnum):
    """Output forms."""

    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"


def register(app: typer.Typer) -> None:
    """Add `stevo read`."""
    app.command("read")(read_command)


def read_command(
    table: Annotated[str, typer.Argument(help="A table of the release, or a mart.")],
    release: Annotated[
        str | None, typer.Option(help="Release id; the current one if left out.")
    ] = None,
    form: Annotated[Form, typer.Option("--format", help="How to print it.")] = Form.table,
    out: Annotated[Path | None, typer.Option(help="Write to this file instead.")] = None,
    limit: Annotated[int | None, typer.Option(min=0, help="At most this many rows.")] = None,
    restricted: Annotated[
        bool,
        typer.Option("--restricted", help="Allow tables with rows per person or exact points."),
    ] = False,
) -> None:
    """Read a published table; never waits for a writer."""
    import duckdb

    from stevo_dagster.lake import create_view, table_files
    from stevo_dagster.settings import load_settings

    settings = load_settings()
    paths = table_files(settings.lake, settings.releases, table, release)
    check_access(settings, table, restricted)
    if form is Form.parquet and out is None:
        raise StevoError("Parquet cannot be printed", fix=f"add --out {table}.parquet")
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        create_view(con, table, paths)
        rows = con.table(table)
        _write(rows if limit is None else rows.limit(limit), form, out)


def check_access(settings: Settings, table: str, restricted: bool) -> None:
    """Refuse restricted rows to who did not say that they may see them.

    Raises:
        StevoError: the table is restricted, and the home is no simulated city.
    """
    from stevo_dagster.home import read_home
    from stevo_dagster.lake.access import is_restricted

    home = read_home(settings)
    if restricted or not is_restricted(table) or (home is not None and home.simulated):
        return
    raise StevoError(
        f"{table} holds rows per person, exact points or small groups",
        where=str(settings.home),
        fix="if you may see them, say so: --restricted",
    )


def check_folder(out: Path) -> None:
    """Refuse a file in a folder that is not there.

    Raises:
        StevoError: names the folder.
    """
    if not out.absolute().parent.is_dir():
        raise StevoError(
            "the folder to write to is not there",
            where=str(out.absolute().parent),
            fix=f"mkdir -p {out.absolute().parent}",
        )


def _write(rows: duckdb.DuckDBPyRelation, form: Form, out: Path | None) -> None:
    if out is not None:
        check_folder(out)
    if form is Form.parquet:
        rows.write_parquet(str(out), compression="zstd")
        return
    if out is None:
        _write_text(rows, form, sys.stdout)
        return
    with out.open("w", newline="") as handle:
        _write_text(rows, form, handle)


def _write_text(rows: duckdb.DuckDBPyRelation, form: Form, handle: TextIO) -> None:
    if form is Form.table:
        handle.write(str(rows) + "\n")
    elif form is Form.json:
        for row in _batches(rows):
            handle.write(json.dumps(dict(zip(rows.columns, map(_plain, row), strict=True))) + "\n")
    else:
        writer = csv.writer(handle)
        writer.writerow(rows.columns)
        for row in _batches(rows):
            writer.writerow([guard_formula(_plain(value)) for value in row])


def _batches(rows: duckdb.DuckDBPyRelation, size: int = 10_000) -> Any:
    while batch := rows.fetchmany(size):
        yield from batch


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def guard_formula(value: Any) -> Any:
    """A text that a spreadsheet would run as a formula gets a quote in front (OWASP's advice)."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return value
