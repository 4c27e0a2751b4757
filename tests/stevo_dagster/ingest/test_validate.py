"""Rules of one line: a row is blamed when it breaks one, and only then, for what it breaks."""

from __future__ import annotations

import math
import zoneinfo
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stevo_dagster.ingest.validate import Rules, validate
from stevo_dagster.sources.base.contract import ARROW_TYPES, EVENT_TYPES, FIELDS
from stevo_dagster.sources.base.faults import Fault, Faults

DAY, TICK = timedelta(days=1), timedelta(microseconds=1)
LANDED = datetime(2024, 3, 5, tzinfo=UTC)
# An event at END is out of range and not ahead of a receipt at LANDED: the rules are told apart.
FIRST, END = datetime(2000, 1, 1, tzinfo=UTC), LANDED + DAY
GOOD: dict[str, Any] = {
    "event_id": "e1",
    "user_id": "u1",
    "event_type": "click",
    "event_at": LANDED - DAY,
    "received_at": LANDED,
    "item_id": "i1",
    "latitude": 40.7,
    "longitude": -73.9,
}
ZONES = zoneinfo.available_timezones()


def blamed(*rows: dict[str, Any]) -> dict[int, Fault]:
    """The faults of rows, by row."""
    columns = {
        field.name: pa.array([row.get(field.name) for row in rows], ARROW_TYPES[field.kind])
        for field in FIELDS
    }
    faults = Faults()
    validate(columns, Rules(FIRST, END, LANDED), faults)
    return dict(faults)


def broken(row: dict[str, Any]) -> set[tuple[str, str]]:
    """Every rule that a row breaks, as reason and field, in plain Python."""
    found = {("missing_field", name) for name in ("user_id", "event_at") if row[name] is None}
    kind, at, received = row["event_type"], row["event_at"], row["received_at"]
    if kind is None:
        found.add(("missing_field", "event_type"))
    elif kind not in EVENT_TYPES:
        found.add(("unknown_event_type", "event_type"))
    if row["item_id"] is None and kind is not None and kind != "search":
        found.add(("missing_field", "item_id"))
    if row["time_zone"] is not None and row["time_zone"] not in ZONES:
        found.add(("unknown_zone", "time_zone"))
    if at is not None and not FIRST <= at < END:
        found.add(("out_of_range", "event_at"))
    if at is not None and at - received > DAY:
        found.add(("future_time", "event_at"))
    if received - LANDED > DAY:
        found.add(("future_time", "received_at"))
    for name, value in row.items():
        if isinstance(value, str) and "\0" in value:
            found.add(("nul_byte", name))
        if isinstance(value, float) and not math.isfinite(value):
            found.add(("not_finite", name))
    if row["dwell_seconds"] is not None and row["dwell_seconds"] < 0:
        found.add(("negative", "dwell_seconds"))
    if row["utc_offset_minutes"] is not None and not -720 <= row["utc_offset_minutes"] <= 840:
        found.add(("out_of_range", "utc_offset_minutes"))
    latitude, longitude = row["latitude"], row["longitude"]
    if latitude is None and longitude is not None:
        found.add(("half_location", "latitude"))
    if longitude is None and latitude is not None:
        found.add(("half_location", "longitude"))
    if latitude is not None and abs(latitude) > 90:
        found.add(("out_of_range", "latitude"))
    if longitude is not None and abs(longitude) > 180:
        found.add(("out_of_range", "longitude"))
    if latitude == 0 and longitude == 0:
        found.add(("bad_location", "latitude"))
    return found


def near(*limits: datetime) -> st.SearchStrategy[datetime]:
    """Moments at and around limits."""
    steps = st.sampled_from([-DAY, -TICK, timedelta(0), TICK, DAY, DAY + TICK])
    return st.builds(lambda limit, step: limit + step, st.sampled_from(limits), steps)


def degrees(limit: float) -> st.SearchStrategy[float | None]:
    edges = [None, 0.0, -0.0, limit, -limit, math.nextafter(limit, 999), -limit - 0.1, math.nan]
    return st.sampled_from(edges) | st.floats(-limit, limit)


TEXTS = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
NUMBERS = st.none() | st.floats() | st.sampled_from([-0.0, -5e-324, math.inf])
COLUMNS: dict[str, st.SearchStrategy[Any]] = {
    **{field.name: TEXTS if field.kind == "text" else NUMBERS for field in FIELDS},
    "user_id": st.sampled_from(["u1", "u\0"]) | TEXTS,
    "event_type": st.sampled_from([*EVENT_TYPES, "Click", "teleport", "", None]),
    "time_zone": st.sampled_from([None, "UTC", "Asia/Kolkata", "Mars/X", "Mars", "../UTC", "\0"]),
    "utc_offset_minutes": st.sampled_from([None, 0, -720, -721, 840, 841, -(2**31), 2**31 - 1]),
    "event_at": st.none() | near(FIRST, END, LANDED),
    "received_at": near(FIRST, LANDED),
    "latitude": degrees(90.0),
    "longitude": degrees(180.0),
}
# Rows that break many rules at once would hide one that is never looked at: most change little.
ROWS = st.one_of(
    st.sampled_from(list(COLUMNS)).flatmap(
        lambda name: st.fixed_dictionaries({name: COLUMNS[name]})
    ),
    st.fixed_dictionaries({}, optional=COLUMNS),
).map(lambda changes: {**dict.fromkeys(COLUMNS), **GOOD, **changes})


@given(st.lists(ROWS, max_size=20))
def test_a_row_is_blamed_exactly_when_it_breaks_a_rule_and_for_that_rule(rows) -> None:
    found, wanted = blamed(*rows), [broken(row) for row in rows]
    assert set(found) == {number for number, rules in enumerate(wanted) if rules}
    for number, fault in found.items():
        assert (fault.reason, fault.field) in wanted[number]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"user_id": None}, "user_id is missing"),
        ({"item_id": None}, "item_id is missing, which only a search may lack"),
        (
            {"event_type": "teleport"},
            "event_type 'teleport' is none of click, browse, search, cart, purchase, review,"
            " favourite, check_in",
        ),
        ({"time_zone": "Mars/Olympus"}, "time_zone 'Mars/Olympus' is no IANA time zone"),
        ({"category": "a\0b"}, r"category 'a\x00b' holds NUL"),
        (
            {"event_at": FIRST - TICK},
            "event_at 1999-12-31T23:59:59.999999+00:00 is outside 2000-01-01 to 2024-03-06",
        ),
        (
            {"event_at": END},
            "event_at 2024-03-06T00:00:00+00:00 is outside 2000-01-01 to 2024-03-06",
        ),
        (
            {"event_at": LANDED + TICK, "received_at": LANDED - DAY},
            "event_at 2024-03-05T00:00:00.000001+00:00 is more than 24 hours after it was received",
        ),
        (
            {"received_at": LANDED + 2 * DAY},
            "received_at 2024-03-07T00:00:00+00:00 is more than 24 hours after the file was landed",
        ),
        ({"amount": math.inf}, "amount inf is not finite"),
        ({"dwell_seconds": -1.0}, "dwell_seconds -1.0 is negative"),
        ({"utc_offset_minutes": 1500}, "utc_offset_minutes 1500 is outside -720 to 840"),
        ({"longitude": None}, "longitude is missing, though latitude is given"),
        ({"latitude": -90.5}, "latitude -90.5 is outside ±90"),
        ({"longitude": 181.0}, "longitude 181.0 is outside ±180"),
        (
            {"latitude": 0.0, "longitude": 0.0},
            "latitude and longitude are both 0, which stands for no place",
        ),
    ],
)
def test_the_message_says_what_is_wrong_with_the_value(changes, message) -> None:
    found = blamed(GOOD, {**GOOD, **changes})
    assert {row: fault.message for row, fault in found.items()} == {1: message}


@pytest.mark.parametrize(
    "changes",
    [
        {"event_at": LANDED, "received_at": LANDED - DAY},
        {"event_at": END - TICK},
        {"received_at": LANDED + DAY},
        {"event_at": FIRST, "received_at": FIRST},
        {"event_type": "search", "item_id": None},
        {"latitude": None, "longitude": None},
        {"latitude": 90.0, "longitude": -180.0},
        {"latitude": 0.0, "longitude": 1e-9},
        {"dwell_seconds": 0.0},
        {"utc_offset_minutes": 840},
    ],
)
def test_what_is_just_within_a_rule_is_good(changes) -> None:
    assert blamed({**GOOD, **changes}) == {}


def test_a_time_beyond_every_calendar_is_told_and_not_fatal() -> None:
    moment = pa.scalar(2**62, pa.int64()).cast(ARROW_TYPES["instant"])
    columns = {
        field.name: pa.array([GOOD.get(field.name)], ARROW_TYPES[field.kind]) for field in FIELDS
    }
    faults = Faults()
    validate({**columns, "event_at": pa.array([moment])}, Rules(FIRST, END, LANDED), faults)
    assert [fault.message for _, fault in faults] == [
        "event_at a year beyond 9999 is outside 2000-01-01 to 2024-03-06"
    ]


def test_a_row_keeps_the_fault_that_its_reader_found() -> None:
    faults = Faults()
    faults.add(0, "bad_json", None, "found before")
    columns = {field.name: pa.nulls(2, ARROW_TYPES[field.kind]) for field in FIELDS}
    columns["received_at"] = pa.array([LANDED] * 2, ARROW_TYPES["instant"])
    validate(columns, Rules(FIRST, END, LANDED), faults)
    assert [fault.reason for _, fault in faults] == ["bad_json", "missing_field"]


def test_no_rows_are_no_trouble() -> None:
    assert blamed() == {}
