"""Every fault of one line ends in quarantine with its reason, field and exact bytes."""

from __future__ import annotations

import json
import math

import pytest

from stevo_dagster.errors import StevoError
from tests.stevo_dagster.ingest.kit import event, fates, rows

LINE = json.dumps(event(1)).encode()
NESTED = b'{"event_id": "x", "deep": ' + b"[" * 10_000 + b"]" * 10_000 + b"}"

FAULTS = {
    "not json": (b'{"event_id": ', "bad_json", None),
    "python literal": (b"{'event_id': 1}", "bad_json", None),
    "an array": (b"[1, 2]", "not_an_object", None),
    "a number": (b"7", "not_an_object", None),
    "invalid utf-8": (
        json.dumps(event(1)).encode().replace(b"click", b"\xff\xfe"),
        "not_utf8",
        None,
    ),
    "NUL": (json.dumps(event(1)).encode().replace(b"click", b"cl\x00ick"), "nul_byte", None),
    "escaped NUL": (event(1, category="a\x00b"), "nul_byte", "category"),
    "lone surrogate": (b'{"user_id": "\\ud800"}', "wrong_type", "user_id"),
    "too deep": (NESTED, "too_deep", None),
    "no user": (event(1, user_id=None), "missing_field", "user_id"),
    "empty user": (event(1, user_id=""), "missing_field", "user_id"),
    "no type": (event(1, event_type=None), "missing_field", "event_type"),
    "no time": (event(1, event_at=None), "missing_field", "event_at"),
    "no item": (event(1, item_id=None), "missing_field", "item_id"),
    "unknown type": (event(1, event_type="teleport"), "unknown_event_type", "event_type"),
    "user is a number": (event(1, user_id=12), "wrong_type", "user_id"),
    "latitude is text": (event(1, latitude="40.7"), "wrong_type", "latitude"),
    "latitude is true": (event(1, latitude=True), "wrong_type", "latitude"),
    "epoch seconds": (event(1, event_at=1_709_251_200), "wrong_type", "event_at"),
    "epoch as text": (event(1, event_at="1709251200"), "bad_time", "event_at"),
    "no such day": (event(1, event_at="2024-02-30T00:00:00Z"), "bad_time", "event_at"),
    "no zone": (event(1, event_at="2024-03-01T00:00:00"), "no_zone", "event_at"),
    "year 9999": (event(1, event_at="9999-12-31T23:59:59Z"), "out_of_range", "event_at"),
    "year 1970": (event(1, event_at="1970-01-01T00:00:00Z"), "out_of_range", "event_at"),
    "25 h ahead": (event(1, event_at="2024-03-06T01:00:00Z"), "future_time", "event_at"),
    "received in 2090": (
        event(1, received_at="2090-01-01T00:00:00Z"),
        "future_time",
        "received_at",
    ),
    "181 degrees": (event(1, longitude=181.0), "out_of_range", "longitude"),
    "91 degrees": (event(1, latitude=-90.5), "out_of_range", "latitude"),
    "NaN": (event(1, latitude=math.nan), "not_finite", "latitude"),
    "infinite": (event(1, amount=math.inf), "not_finite", "amount"),
    "1e400": (LINE.replace(b"40.7", b"1e400"), "not_finite", "latitude"),
    "unknown NaN": (event(1, speed=math.nan), "not_finite", "extra"),
    "null island": (event(1, latitude=0.0, longitude=0.0), "bad_location", "latitude"),
    "half a place": (event(1, longitude=None), "half_location", "longitude"),
    "negative dwell": (event(1, dwell_seconds=-1), "negative", "dwell_seconds"),
    "offset of 25 h": (event(1, utc_offset_minutes=1500), "out_of_range", "utc_offset_minutes"),
    "unknown zone": (event(1, time_zone="Mars/Olympus"), "unknown_zone", "time_zone"),
    "zone as a path": (event(1, time_zone="../../etc/passwd"), "unknown_zone", "time_zone"),
    "too long": (b'{"a": "' + b"x" * 1_100_000 + b'"}', "line_too_long", None),
}


def test_each_fault_is_quarantined_for_its_reason(take, settings) -> None:
    lines = [line for line, _, _ in FAULTS.values()]
    good = [event(100 + number) for number in range(len(lines))]
    result = take([*lines, *good])
    assert fates(result) == {"accepted": len(good), "quarantined": len(lines)}
    found = rows(settings, "quarantine", "select * from quarantine order by line_number")
    told = [(row["reason"], row["field"]) for row in found]
    assert dict(zip(FAULTS, told, strict=True)) == {
        name: (reason, field) for name, (_, reason, field) in FAULTS.items()
    }
    assert all(row["message"] and row["status"] == "open" for row in found)
    for row, line in zip(found, lines, strict=True):
        raw = line if isinstance(line, bytes) else json.dumps(line).encode()
        assert row["byte_length"] == len(raw)
        assert row["raw"] == (None if row["reason"] == "line_too_long" else raw)


ACCEPTED = {
    "24 h ahead": event(1, event_at="2024-03-06T00:00:00Z"),
    "a search without an item": event(2, event_type="search", item_id=None),
    "no place": event(3, latitude=None, longitude=None),
    "the pole": event(4, latitude=90.0, longitude=-180.0),
    "an unknown column": event(5, app_version="2.0"),
    "a local time with an offset": event(
        6, event_at="2024-03-01T12:30:00", utc_offset_minutes=-300
    ),
    "local time, zone": event(7, event_at="2024-03-02T12:30:00", time_zone="Asia/Kolkata"),
    "zone in the time": event(8, event_at="2024-03-01T12:30:00+05:30"),
}


def test_what_is_unusual_but_right_is_accepted(take, settings) -> None:
    assert fates(take(ACCEPTED.values())) == {"accepted": len(ACCEPTED)}
    found = rows(settings, "events", "select * from events order by line_number")
    at = {row["event_id"]: row["event_at"].strftime("%d %H:%M") for row in found}
    assert (at["e6"], at["e7"], at["e8"]) == ("01 17:30", "02 07:00", "01 07:00")
    assert found[4]["extra"] == '{"app_version":"2.0"}'
    assert {row["day"] for row in found} == {row["event_at"].date() for row in found}


def test_a_plausible_swap_is_flagged_and_kept(take, settings) -> None:
    take([*(event(n) for n in range(20)), event(50, latitude=-73.9, longitude=40.7)])
    found = rows(settings, "events", "select event_id, latitude from events where is_suspect_swap")
    assert found == [{"event_id": "e50", "latitude": -73.9}]


def test_people_are_pseudonyms_everywhere(take, settings) -> None:
    take([event(n, user_id="alice@example.org") for n in range(5)])
    found = rows(settings, "events")
    assert len({row["user_id"] for row in found}) == 1
    assert len(found[0]["user_id"]) == 32
    for path in (settings.home / "lake").rglob("*.parquet"):
        assert b"alice" not in path.read_bytes()
    assert (settings.secrets / "pseudonym.key").stat().st_mode & 0o777 == 0o600


def test_prod_has_no_key_of_its_own(take, settings, monkeypatch) -> None:
    from stevo_dagster.settings import load_settings

    monkeypatch.setenv("STEVO_ENV", "prod")
    with pytest.raises(StevoError, match="no pseudonym key"):
        take([event(1)], settings=load_settings())


def test_suppressed_people_are_counted_and_not_kept(take, settings) -> None:
    take([event(n) for n in range(6)], name="first.jsonl")
    (user,) = rows(settings, "events", "select user_id from events where event_id = 'e1'")
    (settings.secrets / "suppressed_users.txt").write_text(user["user_id"] + "\n")
    bad = event(31, user_id="u1", latitude=95.0)
    result = take([*(event(n) for n in range(20, 29)), bad], source="other")
    assert fates(result) == {"accepted": 6, "suppressed": 4}
    assert rows(settings, "quarantine") == []


def test_too_much_quarantine_publishes_nothing(take, settings) -> None:
    with pytest.raises(StevoError, match=r"2 of 3 lines would be quarantined \(2 bad_json\)"):
        take([b"x", b"y", event(1)])
    assert rows(settings, "events") == []
    assert rows(settings, "ingest_ledger") == []
