"""From ISO 8601 texts to UTC instants, at Arrow's speed where a chunk is clean.

Belongs here: parsing times. Does not belong here: which times are allowed (`ingest/validate.py`).

A time with a zone (`Z`, `+02:00`) is that instant. A time without one is local: it is read with the
line's own `utc_offset_minutes` or `time_zone`, and without either it is a fault, never a guess. An
hour that the clocks run through twice is taken as the first; one that they skip is a fault.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stevo_dagster.sources.base.contract import INSTANT
from stevo_dagster.sources.base.faults import Faults, shown

_DATE_TIME = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.]\d{1,9})?)?"
_ZONE = r"(Z|[+-](0\d|1[0-4]):?[0-5]\d)"
ZONED = f"^{_DATE_TIME}{_ZONE}$"
_LOCAL = re.compile(rf"{_DATE_TIME}\Z")
_ZONED = re.compile(rf"{_DATE_TIME}{_ZONE}\Z")


def instants(
    texts: pa.Array,
    field: str,
    faults: Faults,
    *,
    offsets: pa.Array | None = None,
    zones: pa.Array | None = None,
) -> pa.Array:
    """Parse a column of times.

    Args:
        texts: strings (n,).
        field: the column's name, for faults.
        faults: where rows that cannot be read are blamed.
        offsets: int32 (n,), minutes east of UTC, for times without a zone.
        zones: strings (n,), IANA names, for times without a zone.

    Returns:
        timestamp[us, UTC] (n,), null where the text is null or at fault.
    """
    zoned = pc.fill_null(pc.match_substring_regex(texts, ZONED), False)
    quick = pc.if_else(zoned, texts, pa.scalar(None, pa.string()))
    try:
        parsed = quick.cast(INSTANT)
        left = np.flatnonzero(pc.and_(texts.is_valid(), pc.invert(zoned)).to_numpy(False))
    except pa.ArrowInvalid:
        parsed = pa.nulls(len(texts), INSTANT)
        left = np.flatnonzero(texts.is_valid().to_numpy(False))
    if not len(left):
        return parsed
    return _one_by_one(texts, parsed, left, field, faults, offsets, zones)


def _one_by_one(
    texts: pa.Array,
    parsed: pa.Array,
    rows: np.ndarray,
    field: str,
    faults: Faults,
    offsets: pa.Array | None,
    zones: pa.Array | None,
) -> pa.Array:
    values = parsed.cast(pa.int64()).to_pylist()
    listed = texts.to_pylist()
    minutes = offsets.to_pylist() if offsets is not None else None
    names = zones.to_pylist() if zones is not None else None
    for row in rows:
        text = listed[row]
        offset = minutes[row] if minutes else None
        name = names[row] if names else None
        try:
            values[row] = _microseconds(text, offset, name)
        except _NoZoneError:
            faults.add(
                int(row),
                "no_zone",
                field,
                f"{field} {shown(text)} has no zone, and the line has neither utc_offset_minutes "
                "nor time_zone",
            )
        except (ValueError, OverflowError) as error:
            faults.add(int(row), "bad_time", field, f"{field} {shown(text)} {_why(error)}")
    return pa.array(values, pa.int64()).cast(INSTANT)


class _NoZoneError(ValueError):
    pass


def _why(error: Exception) -> str:
    text = str(error)
    return text if text.startswith("is ") else "is no time of the calendar"


def _microseconds(text: str, offset: int | None, zone: str | None) -> int:
    if _ZONED.match(text):
        moment = datetime.fromisoformat(text)
    elif _LOCAL.match(text):
        moment = _from_local(datetime.fromisoformat(text), offset, zone)
    else:
        raise ValueError("is not an ISO 8601 date and time, such as 2024-03-01T12:30:00Z")
    return (moment - _EPOCH) // timedelta(microseconds=1)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _from_local(local: datetime, offset: int | None, zone: str | None) -> datetime:
    if offset is not None:
        return local.replace(tzinfo=UTC) - timedelta(minutes=offset)
    known = zone_info(zone) if zone else None
    if known is None:
        raise _NoZoneError
    moment = local.replace(tzinfo=known).astimezone(UTC)
    if moment.astimezone(known).replace(tzinfo=None) != local:
        raise ValueError(f"is a time that the clocks of {zone} skip")
    return moment


@lru_cache(maxsize=1024)
def zone_info(name: str) -> ZoneInfo | None:
    """The zone of an IANA name, or None for any other text."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return None
