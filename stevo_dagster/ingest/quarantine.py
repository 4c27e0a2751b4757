"""Looking into quarantine: how many lines for which reason, and one line's bytes.

Belongs here: reading. Does not belong here: another try at the lines (`replay.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stevo_dagster.errors import StevoError
from stevo_dagster.ingest.landing import Landed, find_landed
from stevo_dagster.lake import connect, partitions
from stevo_dagster.settings import Settings
from stevo_dagster.sources.base.stream import BLOCK_BYTES, open_bytes

Row = dict[str, Any]


def counts(settings: Settings, file_id: str | None, reason: str | None) -> list[Row]:
    """Lines by file, source, reason and status, the most first."""
    return _query(
        settings,
        "select file_id, source, reason, status, count(*) as lines from quarantine"
        " where {where} group by all order by lines desc, file_id, reason, status",
        file_id,
        reason,
    )


def lines(settings: Settings, file_id: str | None, reason: str | None, limit: int) -> list[Row]:
    """The first lines, without their bytes."""
    return _query(
        settings,
        "select file_id, line_number, reason, field, message, status from quarantine"
        f" where {{where}} order by file_id, line_number limit {int(limit)}",
        file_id,
        reason,
    )


def line(settings: Settings, file_id: str, number: int) -> Row:
    """One line with all its columns.

    Raises:
        StevoError: it is not in quarantine.
    """
    found = []
    if file_id in _files(settings):
        found = _query(
            settings,
            f"select * from quarantine where {{where}} and line_number = {int(number)}",
            file_id,
            None,
        )
    if not found:
        raise StevoError(
            f"line {number} of file {file_id!r} is not in quarantine",
            fix="stevo quarantine list",
        )
    return found[0]


def raw_bytes(settings: Settings, row: Row) -> Iterator[bytes]:
    """The original bytes of a line in pieces; from the landed original where it was too long."""
    if row["raw"] is not None:
        yield row["raw"]
        return
    yield from _slice(find_landed(settings, row["file_id"]), row["byte_offset"], row["byte_length"])


def _slice(landed: Landed, offset: int, length: int) -> Iterator[bytes]:
    """Bytes of the uncompressed source, whose line files are read as one."""
    end, at = offset + length, 0
    for role in landed.reader.line_roles:
        path = landed.files[role]
        name = landed.name if not landed.reader.is_folder else path.name
        with open_bytes(path, name) as stream:
            while at < end and (block := stream.read(BLOCK_BYTES)):
                part = block[max(0, offset - at) : max(0, end - at)]
                if part:
                    yield part
                at += len(block)


def _files(settings: Settings) -> set[str]:
    return {name.removeprefix("file=") for name in partitions(settings.lake, "quarantine")}


def _query(settings: Settings, sql: str, file_id: str | None, reason: str | None) -> list[Row]:
    if not partitions(settings.lake, "quarantine"):
        return []
    if file_id is not None and file_id not in _files(settings):
        raise StevoError(f"file {file_id!r} was never ingested", fix="stevo quarantine list")
    conditions, values = ["true"], []
    for name, value in (("file_id", file_id), ("reason", reason)):
        if value is not None:
            conditions.append(f"{name} = ?")
            values.append(value)
    with connect(settings.lake, ["quarantine"]) as con:
        con.execute("set timezone = 'UTC'")
        found = con.execute(sql.format(where=" and ".join(conditions)), values)
        names = [column[0] for column in found.description or []]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
