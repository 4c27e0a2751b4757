"""Each kind of dirt is really dirty, by a reading of its own."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime

import pytest

from stevo_dagster.sources.simulator.dirt_kinds import (
    ACCEPTED,
    ALL,
    CONFLICT,
    DUPLICATE,
    KINDS,
    LONG_LINE_BYTES,
    QUARANTINED,
    Kind,
    kinds_of,
)
from stevo_dagster.sources.simulator.draft import EVENT_TYPES
from stevo_dagster.sources.simulator.writer import encode

GOOD = {
    "event_id": "d1-000001",
    "user_id": "u000001",
    "event_type": "check_in",
    "event_at": "2024-10-10T12:00:00Z",
    "received_at": "2024-10-10T12:00:30Z",
    "item_id": "v00001",
    "category": "bar",
    "latitude": 40.7,
    "longitude": -73.9,
    "time_zone": "America/New_York",
    "dwell_seconds": 60.0,
}

REQUIRED = ("user_id", "event_type", "event_at", "item_id")


def _line(kind: Kind, format: str = "jsonl") -> bytes:
    encoded = encode(kind.spoil(dict(GOOD)) if kind.spoil else dict(GOOD), format)
    return kind.break_bytes(encoded) if kind.break_bytes else encoded


def _is_sound(line: bytes) -> bool:
    """A strict reading of one JSON line by the contract's rules, apart from any product code."""
    if len(line) > 1 << 20 or b"\x00" in line:
        return False
    try:
        found = json.loads(line.decode())
    except (ValueError, RecursionError):
        return False
    if not isinstance(found, dict) or not all(
        isinstance(found.get(name), str)
        for name in ("user_id", "event_type", "event_at", "item_id")
    ):
        return False
    point = (found.get("latitude"), found.get("longitude"))
    if not all(isinstance(value, float) and math.isfinite(value) for value in point):
        return False
    at, received = (datetime.fromisoformat(found[name]) for name in ("event_at", "received_at"))
    return (
        found["event_type"] in EVENT_TYPES
        and datetime(1990, 1, 1, tzinfo=UTC) <= at
        and (at - received).total_seconds() <= 86_400
        and found["dwell_seconds"] >= 0
        and abs(found["latitude"]) <= 90
        and abs(found["longitude"]) <= 180
        and point != (0.0, 0.0)
    )


JSON_KINDS = kinds_of("jsonl")


@pytest.mark.parametrize("kind", JSON_KINDS, ids=[kind.name for kind in JSON_KINDS])
def test_a_line_is_sound_only_if_ingest_may_take_it(kind: Kind) -> None:
    assert _is_sound(_line(kind)) == (kind.expect != QUARANTINED)


def test_the_good_line_is_sound() -> None:
    assert _is_sound(encode(GOOD, "jsonl"))


def test_csv_lines_break_too() -> None:
    lines = {kind.name: _line(kind, "csv") for kind in kinds_of("csv")}
    good = encode(GOOD, "csv")
    assert lines["too_many_fields"].count(b",") == good.count(b",") + 2
    assert lines["truncated_line"].count(b",") < good.count(b",")
    assert lines["open_quote"].count(b'"') == 1
    assert len(lines["long_line"]) > LONG_LINE_BYTES
    assert all(line != good for name, line in lines.items() if name != "duplicate")


def test_kinds_have_one_name_each_and_reasons_when_refused() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS) >= 30
    assert {kind.expect for kind in KINDS} == {ACCEPTED, DUPLICATE, CONFLICT, QUARANTINED}
    assert all(bool(kind.reasons) == (kind.expect == QUARANTINED) for kind in KINDS)


def test_parquet_holds_values_alone() -> None:
    assert all(kind.formats == ALL and kind.spoil for kind in kinds_of("parquet"))
