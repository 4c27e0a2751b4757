"""Every kind of dirt: how a good event is spoilt and what ingest must do with it.

Belongs here: one entry a kind. Does not belong here: how many and where (`dirt.py`).

`reasons` are classes: any of them is right, since one line can be refused for several things.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

Record = dict[str, Any]

ACCEPTED, DUPLICATE, CONFLICT, QUARANTINED = "accepted", "duplicate", "conflict", "quarantined"
TEXT, JSON, CSV, ALL = ("jsonl", "csv"), ("jsonl",), ("csv",), ("jsonl", "csv", "parquet")
NESTING = 10_000
LONG_LINE_BYTES = 2_000_000


@dataclass(frozen=True)
class Kind:
    """A kind of dirt.

    Attributes:
        name: stable name in the truth.
        expect: what becomes of the line in ingest.
        reasons: reason classes of the quarantine, any of which is right.
        formats: files it can stand in.
        spoil: the record changed, for kinds of values.
        break_bytes: the encoded line changed, for kinds of bytes.
        keeps_id: whether it repeats a good event's id.
        is_single: whether one line is enough, whatever the rate.
    """

    name: str
    expect: str
    reasons: tuple[str, ...]
    formats: tuple[str, ...]
    spoil: Callable[[Record], Record] | None = None
    break_bytes: Callable[[bytes], bytes] | None = None
    keeps_id: bool = False
    is_single: bool = False


def _with(**changes: Any) -> Callable[[Record], Record]:
    return lambda record: {**record, **changes}


def _without(name: str) -> Callable[[Record], Record]:
    return lambda record: {key: value for key, value in record.items() if key != name}


def _epoch(per_second: int) -> Callable[[Record], Record]:
    def spoil(record: Record) -> Record:
        moment = datetime.fromisoformat(record["event_at"])
        return {**record, "event_at": int(moment.timestamp()) * per_second}

    return spoil


def _far_future(record: Record) -> Record:
    later = datetime.fromisoformat(record["received_at"]) + timedelta(days=400)
    return {**record, "event_at": later.strftime("%Y-%m-%dT%H:%M:%SZ")}


def _swapped(record: Record) -> Record:
    return {**record, "latitude": record["longitude"], "longitude": record["latitude"]}


def _deep(line: bytes) -> bytes:
    return line[:-1] + b',"deep":' + b"[" * NESTING + b"]" * NESTING + b"}"


def _long(line: bytes) -> bytes:
    return line.replace(b"check_in", b"check_in" + b"x" * LONG_LINE_BYTES, 1)


def _inside(raw: bytes) -> Callable[[bytes], bytes]:
    """Put bytes into the event type, which every donor has."""
    return lambda line: line.replace(b"check_in", b"check_" + raw + b"in", 1)


_PLACE = ("out_of_range", "bad_location")
_FINITE = ("not_finite", "out_of_range", "bad_location", "wrong_type", "bad_json")
_TIME = ("future_time", "out_of_range", "bad_time")
_NEGATIVE = ("negative", "out_of_range")
_EPOCH = ("wrong_type", "bad_time")

KINDS = (
    Kind("far_future_time", QUARANTINED, _TIME, ALL, _far_future),
    Kind("year_9999", QUARANTINED, _TIME, ALL, _with(event_at="9999-12-31T23:59:59Z")),
    Kind("year_1970", QUARANTINED, _TIME, ALL, _with(event_at="1970-01-01T00:00:00Z")),
    Kind("epoch_seconds", QUARANTINED, _EPOCH, TEXT, _epoch(1)),
    Kind("epoch_milliseconds", QUARANTINED, _EPOCH, TEXT, _epoch(1_000)),
    Kind("epoch_microseconds", QUARANTINED, _EPOCH, TEXT, _epoch(1_000_000)),
    Kind("zero_zero", QUARANTINED, _PLACE, ALL, _with(latitude=0.0, longitude=0.0)),
    Kind("longitude_181", QUARANTINED, _PLACE, ALL, _with(longitude=181.0)),
    Kind("latitude_infinite", QUARANTINED, _FINITE, ALL, _with(latitude=float("inf"))),
    Kind("latitude_nan", QUARANTINED, _FINITE, ALL, _with(latitude=float("nan"))),
    Kind("half_coordinates", QUARANTINED, ("half_location", *_PLACE), ALL, _without("longitude")),
    Kind("negative_dwell", QUARANTINED, _NEGATIVE, ALL, _with(dwell_seconds=-5.0)),
    Kind(
        "unknown_event_type",
        QUARANTINED,
        ("unknown_event_type",),
        ALL,
        _with(event_type="teleport"),
    ),
    Kind("missing_user_id", QUARANTINED, ("missing_field",), ALL, _without("user_id")),
    Kind("missing_event_at", QUARANTINED, ("missing_field",), ALL, _without("event_at")),
    Kind("missing_item_id", QUARANTINED, ("missing_field",), ALL, _without("item_id")),
    Kind("lat_lon_swapped", ACCEPTED, (), ALL, _swapped),
    Kind("duplicate", DUPLICATE, (), ALL, _with(), keeps_id=True),
    Kind("same_id_other_body", CONFLICT, (), ALL, _with(category="changed"), keeps_id=True),
    Kind("wrong_type_latitude", QUARANTINED, ("wrong_type",), TEXT, _with(latitude="north")),
    Kind("wrong_type_user_id", QUARANTINED, ("wrong_type",), JSON, _with(user_id=12)),
    Kind("unknown_column", ACCEPTED, (), JSON, _with(app_version="2.0")),
    Kind("crlf", ACCEPTED, (), TEXT, break_bytes=lambda line: line + b"\r"),
    Kind(
        "truncated_line",
        QUARANTINED,
        ("bad_json", "bad_fields"),
        TEXT,
        break_bytes=lambda line: line[: len(line) // 2],
    ),
    Kind("invalid_utf8", QUARANTINED, ("not_utf8",), TEXT, break_bytes=_inside(b"\xff\xfe")),
    Kind("nul_byte", QUARANTINED, ("nul_byte", "bad_json"), TEXT, break_bytes=_inside(b"\x00")),
    Kind("long_line", QUARANTINED, ("line_too_long",), TEXT, break_bytes=_long, is_single=True),
    Kind(
        "bad_json",
        QUARANTINED,
        ("bad_json",),
        JSON,
        break_bytes=lambda line: line.replace(b":", b"=", 1),
    ),
    Kind(
        "not_an_object",
        QUARANTINED,
        ("not_an_object", "bad_json", "wrong_type"),
        JSON,
        break_bytes=lambda line: b"[" + line + b"]",
    ),
    Kind(
        "number_over_double",
        QUARANTINED,
        _FINITE,
        JSON,
        break_bytes=lambda line: line.replace(b'"longitude":', b'"longitude":1e400,"was":', 1),
    ),
    Kind("deep_nesting", QUARANTINED, ("too_deep", "bad_json"), JSON, break_bytes=_deep),
    Kind(
        "open_quote",
        QUARANTINED,
        ("bad_quotes", "bad_fields"),
        CSV,
        break_bytes=lambda line: b'"' + line,
    ),
    Kind(
        "too_many_fields",
        QUARANTINED,
        ("bad_fields",),
        CSV,
        break_bytes=lambda line: line + b",one,two",
    ),
)


def kinds_of(format: str) -> tuple[Kind, ...]:
    """The kinds a file of this format can hold."""
    return tuple(kind for kind in KINDS if format in kind.formats)
