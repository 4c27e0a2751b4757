"""Hashes of files and of rows.

Belongs here: sha256 of bytes, and the order-free content hash of a relation. Does not belong here:
deciding what a hash means (`manifest.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb


def file_sha256(path: Path) -> str:
    """Hex sha256 of a file, read in blocks."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def text_sha256(*texts: str) -> str:
    """Hex sha256 over several texts; ("ab", "c") and ("a", "bc") differ."""
    digest = hashlib.sha256()
    for text in texts:
        raw = text.encode()
        digest.update(f"{len(raw)}:".encode() + raw)
    return digest.hexdigest()


@dataclass(frozen=True)
class Measured:
    """A relation's columns as (name, type) in their order, its row count and its content hash."""

    columns: list[tuple[str, str]]
    rows: int
    content_hash: str


def measure(con: duckdb.DuckDBPyConnection, relation: str, exclude: Iterable[str] = ()) -> Measured:
    """Columns, rows and order-free content hash of a relation, in one pass over its rows.

    Two relations with the same columns, types and multiset of rows have the same hash whatever the
    order of rows or columns. It is a sum of 64-bit row hashes by DuckDB, so it detects change; it
    is not a defence against an adversary (the file's sha256 is).

    Args:
        con: an open connection.
        relation: SQL that stands after FROM.
        exclude: columns left out of the hash, such as clocks and run ids.

    Returns:
        What was found; the hash has 32 hex digits.
    """
    described = con.execute(f"describe select * from {relation}").fetchall()
    columns = [(row[0], row[1]) for row in described]
    left_out = set(exclude)
    hashed = sorted(column for column in columns if column[0] not in left_out)
    arguments = ", ".join('"' + name.replace('"', '""') + '"' for name, _ in hashed)
    found = con.execute(
        f"select count(*), coalesce(sum(hash({arguments})::hugeint), 0) from {relation}"
    ).fetchone()
    assert found is not None
    digest = text_sha256(repr(hashed), str(found[0]), str(found[1]))[:32]
    return Measured(columns, found[0], digest)


def content_hash(con: duckdb.DuckDBPyConnection, relation: str, exclude: Iterable[str] = ()) -> str:
    """The content hash of a relation alone, as `measure` gives it."""
    return measure(con, relation, exclude).content_hash
