"""The contract's rules for one line, over whole chunks at once.

Belongs here: required fields, known values and ranges. Does not belong here: types
(`sources/base/convert.py`) or anything that needs other lines (`settle.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stevo_dagster.sources.base.contract import EVENT_TYPES, FIELDS
from stevo_dagster.sources.base.faults import Faults, shown
from stevo_dagster.sources.base.times import zone_info

AHEAD = timedelta(hours=24)
OFFSETS = (-12 * 60, 14 * 60)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Rules:
    """What depends on settings and file.

    Args:
        event_at_min, event_at_max: the known range of event_at, the end excluded.
        landed_at: when the file was landed, which received_at cannot be long after.
    """

    event_at_min: datetime
    event_at_max: datetime
    landed_at: datetime


def validate(columns: Mapping[str, pa.Array], rules: Rules, faults: Faults) -> None:
    """Blame the rows that break a rule.

    Args:
        columns: every contract column, of length n, received_at filled in.
        rules: the limits.
        faults: where rows are blamed.
    """
    _required(columns, faults)
    _known_values(columns, faults)
    _texts(columns, faults)
    _times(columns, rules, faults)
    _numbers(columns, faults)
    _place(columns, faults)


def _rows(mask: pa.Array) -> np.ndarray:
    return np.flatnonzero(pc.fill_null(mask, False).to_numpy(zero_copy_only=False))


def _blame(
    columns: Mapping[str, pa.Array],
    name: str,
    mask: pa.Array,
    reason: str,
    wanted: str,
    faults: Faults,
) -> None:
    column = columns[name]
    faults.add_rows(
        _rows(mask), reason, name, lambda row: f"{name} {shown(column[row].as_py())} {wanted}"
    )


def _required(columns: Mapping[str, pa.Array], faults: Faults) -> None:
    for name in ("user_id", "event_type", "event_at"):
        faults.add_rows(_rows(columns[name].is_null()), "missing_field", name, f"{name} is missing")
    needs_item = pc.and_(
        columns["item_id"].is_null(), pc.not_equal(columns["event_type"], "search")
    )
    message = "item_id is missing, which only a search may lack"
    faults.add_rows(_rows(needs_item), "missing_field", "item_id", message)


def _known_values(columns: Mapping[str, pa.Array], faults: Faults) -> None:
    unknown = pc.invert(pc.is_in(columns["event_type"], pa.array(EVENT_TYPES)))
    wanted = f"is none of {', '.join(EVENT_TYPES)}"
    _blame(columns, "event_type", unknown, "unknown_event_type", wanted, faults)
    zones = pc.unique(columns["time_zone"]).to_pylist()
    strange = pa.array([z for z in zones if z and zone_info(z) is None], pa.string())
    if len(strange):
        mask = pc.is_in(columns["time_zone"], strange)
        _blame(columns, "time_zone", mask, "unknown_zone", "is no IANA time zone", faults)


def _texts(columns: Mapping[str, pa.Array], faults: Faults) -> None:
    for field in FIELDS:
        if field.kind == "text":
            has_nul = pc.match_substring(columns[field.name], "\x00")
            _blame(columns, field.name, has_nul, "nul_byte", "holds NUL", faults)


def _times(columns: Mapping[str, pa.Array], rules: Rules, faults: Faults) -> None:
    at, received = (columns[name].cast(pa.int64()) for name in ("event_at", "received_at"))
    ahead = AHEAD // timedelta(microseconds=1)
    outside = pc.or_(
        pc.less(at, _micros(rules.event_at_min)), pc.greater_equal(at, _micros(rules.event_at_max))
    )
    claimed = pc.greater(received, _micros(rules.landed_at) + ahead)
    future = pc.greater(at, pc.add(received, ahead))
    span = f"is outside {rules.event_at_min:%Y-%m-%d} to {rules.event_at_max:%Y-%m-%d}"
    late = "is more than 24 hours after"
    for name, values, mask, reason, wanted in (
        ("event_at", at, outside, "out_of_range", span),
        ("received_at", received, claimed, "future_time", f"{late} the file was landed"),
        ("event_at", at, future, "future_time", f"{late} it was received"),
    ):
        for row in _rows(mask):
            faults.add(int(row), reason, name, _told(name, values, int(row), wanted))


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _told(name: str, values: pa.Array, row: int, wanted: str) -> str:
    try:
        moment = (_EPOCH + timedelta(microseconds=values[row].as_py())).isoformat()
    except OverflowError:
        moment = "a year beyond 9999"
    return f"{name} {moment} {wanted}"


def _numbers(columns: Mapping[str, pa.Array], faults: Faults) -> None:
    for field in FIELDS:
        if field.kind == "double":
            strange = pc.invert(pc.is_finite(columns[field.name]))
            _blame(columns, field.name, strange, "not_finite", "is not finite", faults)
    negative = pc.less(columns["dwell_seconds"], 0.0)
    _blame(columns, "dwell_seconds", negative, "negative", "is negative", faults)
    offset = columns["utc_offset_minutes"]
    outside = pc.or_(pc.less(offset, OFFSETS[0]), pc.greater(offset, OFFSETS[1]))
    wanted = f"is outside {OFFSETS[0]} to {OFFSETS[1]}"
    _blame(columns, "utc_offset_minutes", outside, "out_of_range", wanted, faults)


def _place(columns: Mapping[str, pa.Array], faults: Faults) -> None:
    latitude, longitude = columns["latitude"], columns["longitude"]
    half = pc.xor(latitude.is_null(), longitude.is_null())
    for name, other in (("latitude", "longitude"), ("longitude", "latitude")):
        rows = _rows(pc.and_(half, columns[name].is_null()))
        faults.add_rows(rows, "half_location", name, f"{name} is missing, though {other} is given")
    for name, limit in (("latitude", 90.0), ("longitude", 180.0)):
        outside = pc.greater(pc.abs(columns[name]), limit)
        _blame(columns, name, outside, "out_of_range", f"is outside ±{limit:.0f}", faults)
    null_island = pc.and_(pc.equal(latitude, 0.0), pc.equal(longitude, 0.0))
    message = "latitude and longitude are both 0, which stands for no place"
    faults.add_rows(_rows(null_island), "bad_location", "latitude", message)
