"""From one row of any table back to the lines it was landed in, through every table between.

Belongs here: the walk, and the receipts (hashes of code, inputs and output) of each partition on
it. Does not belong here: which rows of a parent stand behind a row (`made_of` in each model's yml
and in `derived.py`) or printing (`commands/explain_row.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from stevo_dagster.derived import DERIVED
from stevo_dagster.errors import StevoError
from stevo_dagster.ingest.landing import find_landed
from stevo_dagster.ingest.parse import raw_lines
from stevo_dagster.ingest.rebuild import TABLES as INGESTED
from stevo_dagster.lake import Lake, Manifest, files, manifest, partitions, scan
from stevo_dagster.lake.read import no_such_table
from stevo_dagster.settings import Settings
from stevo_dagster.warehouse.tables import tables

# Which column of a table of ingest names the line; without one, the whole file stands behind a row.
LINE = {"events": "line_number", "quarantine": "line_number", "conflicts": "line_number"}


@dataclass(frozen=True)
class Receipt:
    """One partition with rows on the way. `outdated` are inputs that have changed since."""

    manifest: Manifest
    rows: int
    outdated: Sequence[str]


@dataclass(frozen=True)
class Step:
    """One table on the way.

    Attributes:
        table: its name.
        rows: how many of its rows stand behind the row that is explained.
        receipts: the partitions that hold them.
        whole: tables of which every row counts, where that is how this table is made.
    """

    table: str
    rows: int
    receipts: Sequence[Receipt]
    whole: Sequence[str] = ()


@dataclass(frozen=True)
class Line:
    """One landed line. `raw` is None where its format has no bytes of a line, or it is too long."""

    file_id: str
    file: str
    number: int
    raw: bytes | None


@dataclass(frozen=True)
class Explained:
    """The way back: tables from the row's own to those of ingest, then landed lines.

    `lines` are the first few of `line_count`; `whole_files` stand behind the row as they are.
    """

    steps: Sequence[Step]
    line_count: int
    lines: Sequence[Line]
    whole_files: Sequence[str]


def explain_row(
    settings: Settings, table: str, key: Mapping[str, str], limit: int = 10
) -> Explained:
    """Walk one row back to its landed lines.

    Args:
        settings: the home.
        table: a published table of the lake.
        key: column to value, as text; empty means null. Together they must name one row.
        limit: at most so many lines are read from their originals.

    Raises:
        StevoError: unknown table or column, a value that is none of its type, no such row or
            several, or a damaged file.
    """
    lake = settings.lake
    if table not in _known() or not partitions(lake, table):
        raise no_such_table(lake, None, table)
    steps = []
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        con.execute(f"set threads = {settings.threads}")
        _find_row(con, lake, table, key)
        order = _downstream_first(table)
        for name in order:
            if not _is_found(con, name):
                continue
            steps.append(_step(con, lake, name))
            for parent, condition in _made_of(name).items():
                if partitions(lake, parent):
                    _find_behind(con, lake, name, parent, condition)
        places = _places(con, order)
        whole = _whole_files(con, order)
    shown = list(_lines(settings, places[:limit]))
    return Explained(steps, len(places), shown, whole)


def key_of(table: str) -> tuple[str, ...]:
    """The columns whose values name one row; empty where none are declared."""
    return DERIVED[table].key if table in DERIVED else tables()[table].key


def _known() -> set[str]:
    return {name for name, one in tables().items() if one.group != "staging"} | set(DERIVED)


def _made_of(table: str) -> Mapping[str, str]:
    return DERIVED[table].made_of if table in DERIVED else tables()[table].made_of


def _downstream_first(table: str) -> list[str]:
    """The table and everything behind it, each before all of its parents."""
    ordered: list[str] = []

    def visit(name: str) -> None:
        if name not in ordered:
            for parent in _made_of(name):
                visit(parent)
            ordered.append(name)

    visit(table)
    return ordered[::-1]


def _find_row(
    con: duckdb.DuckDBPyConnection, lake: Lake, table: str, key: Mapping[str, str]
) -> None:
    """Make the table of found rows with the one row that the key names."""
    day = key.get("day")
    wanted = [f"day={day}"] if day and f"day={day}" in partitions(lake, table) else None
    source = scan(files(lake, table, wanted))
    types = dict(
        con.execute(f"select column_name, column_type from (describe from {source})").fetchall()
    )
    unknown = [name for name in key if name not in types]
    if unknown or not key:
        named = f"{table} has no column {', '.join(unknown)}" if unknown else "no column is named"
        raise StevoError(named, where=table, fix=_key_fix(table, types))
    conditions, values = [], []
    for name, text in key.items():
        if not text:
            conditions.append(f'"{name}" is null')
            continue
        conditions.append(f'"{name}" = try_cast(? as {types[name]})')
        values.append(text)
        if con.execute(f"select try_cast(? as {types[name]})", [text]).fetchone() == (None,):
            raise StevoError(f"{text!r} is not of the type {types[name]}", where=f"{table}.{name}")
    con.execute(
        f"create temp table found_{table} as from {source} where {' and '.join(conditions)}", values
    )
    rows = con.table(f"found_{table}").shape[0]
    if rows != 1:
        told = " ".join(f"{name}={value}" for name, value in key.items())
        raise StevoError(
            f"{table} has no row with {told}" if not rows else f"{rows:,} rows have {told}",
            where=table,
            fix=_key_fix(table, types),
        )


def _key_fix(table: str, types: Mapping[str, str]) -> str:
    key = key_of(table)
    wanted = " ".join(f"{name}=…" for name in key)
    return f"name the row: {wanted}" if key else f"its columns are: {', '.join(types)}"


def _find_behind(
    con: duckdb.DuckDBPyConnection, lake: Lake, child: str, parent: str, condition: str
) -> None:
    """Add the parent's rows behind the child's found ones to those that are found."""
    source = scan(files(lake, parent, _partitions_behind(con, lake, child, parent)))
    behind = (
        f"select * from {source} as parent"
        f" where exists (select 1 from found_{child} as child where {condition})"
    )
    if _is_found(con, parent):
        behind = f"from found_{parent} union {behind}"
    con.execute(f"create or replace temp table found_{parent} as {behind}")


def _partitions_behind(
    con: duckdb.DuckDBPyConnection, lake: Lake, child: str, parent: str
) -> list[str]:
    """The published partitions of the parent that a day of the child may be made of."""
    published = partitions(lake, parent)
    known = tables().get(child)
    if known is None or not known.is_daily or not tables()[parent].is_daily:
        return published
    back = known.parent_days.get(parent, 0)
    days = con.execute(f"select min(day) - {back}, max(day) from found_{child}").fetchall()[0]
    return [part for part in published if f"day={days[0]:%F}" <= part <= f"day={days[1]:%F}"]


def _is_found(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    found = con.execute(
        "select count(*) from duckdb_tables() where table_name = ?", [f"found_{table}"]
    ).fetchone()
    return found != (0,)


def _step(con: duckdb.DuckDBPyConnection, lake: Lake, table: str) -> Step:
    known = tables().get(table)
    column = "'all'"
    if known is not None and known.is_daily:
        column = "'day=' || day"
    elif table in INGESTED:
        column = "'file=' || file_id"
    counted = con.execute(
        f"select {column} as part, count(*) from found_{table} group by part order by part"
    ).fetchall()
    receipts = [_receipt(lake, table, part, rows) for part, rows in counted]
    is_whole = table in DERIVED and not DERIVED[table].made_of
    whole = DERIVED[table].reads if is_whole else ()
    return Step(table, sum(one.rows for one in receipts), receipts, whole)


def _receipt(lake: Lake, table: str, part: str, rows: int) -> Receipt:
    described = manifest(lake, table, part)
    assert described is not None
    outdated = [
        name for name, seen in described.inputs.items() if _now(lake, name) not in (seen, None)
    ]
    return Receipt(described, rows, outdated)


def _now(lake: Lake, name: str) -> str | None:
    """The content hash of an input that is published now; None for what is no table."""
    table, _, part = name.partition("/")
    if table not in _known():
        return None
    described = manifest(lake, table, part)
    return described.content_hash if described else "withdrawn"


def _places(con: duckdb.DuckDBPyConnection, order: Sequence[str]) -> list[tuple[str, int]]:
    """(file id, line number) of every landed line that was found, sorted."""
    parts = [
        f"select file_id, {LINE[name]} as line from found_{name}"
        for name in order
        if name in LINE and _is_found(con, name)
    ]
    if not parts:
        return []
    return con.execute(" union ".join(parts) + " order by file_id, line").fetchall()


def _whole_files(con: duckdb.DuckDBPyConnection, order: Sequence[str]) -> list[str]:
    if "ingest_ledger" not in order or not _is_found(con, "ingest_ledger"):
        return []
    found = con.execute("select distinct file_id from found_ingest_ledger order by 1").fetchall()
    return [row[0] for row in found]


def _lines(settings: Settings, places: Sequence[tuple[str, int]]) -> Iterator[Line]:
    by_file: dict[str, list[int]] = {}
    for file_id, number in places:
        by_file.setdefault(file_id, []).append(number)
    for file_id, numbers in by_file.items():
        landed = find_landed(settings, file_id)
        raw = raw_lines(landed, numbers)
        for number in numbers:
            yield Line(file_id, landed.name, number, raw.get(number))
