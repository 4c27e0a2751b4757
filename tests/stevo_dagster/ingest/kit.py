"""What tests of ingest share: event lines, files of them, and the published tables."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from stevo_dagster.ingest import IngestResult
from stevo_dagster.lake import connect, partitions
from stevo_dagster.settings import Settings

Lines = Iterable[dict[str, Any] | bytes]


def event(number: int, **changes: Any) -> dict[str, Any]:
    """A good event; a change to None takes the field away."""
    found = {
        "event_id": f"e{number}",
        "user_id": f"u{number % 3}",
        "event_type": "click",
        "event_at": f"2024-03-{1 + number % 3:02d}T{number % 24:02d}:00:00Z",
        "received_at": "2024-03-05T00:00:00Z",
        "item_id": f"i{number % 5}",
        "latitude": 40.7,
        "longitude": -73.9,
        **changes,
    }
    return {name: value for name, value in found.items() if value is not None}


def as_bytes(lines: Lines) -> bytes:
    """Lines of a JSONL file."""
    return b"".join(
        (line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines
    )


def rows(settings: Settings, table: str, sql: str | None = None) -> list[dict[str, Any]]:
    """Rows of a published table, none where nothing is published."""
    if not partitions(settings.lake, table):
        return []
    with connect(settings.lake, [table]) as con:
        con.execute("set timezone = 'UTC'")
        found = con.execute(sql or f"select * from {table}")
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def fates(result: IngestResult) -> dict[str, int]:
    """The counts of the only ledger row that are not 0."""
    (row,) = result.ledger
    names = ("accepted", "late_accepted", "duplicate", "conflict", "quarantined", "suppressed")
    assert row.lines == sum(getattr(row, name) for name in names)
    return {name: getattr(row, name) for name in names if getattr(row, name)}
