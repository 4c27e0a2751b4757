"""One pass over a file: each line is a candidate, refused with its exact bytes, or suppressed."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from stevo_dagster.ingest.landing import Landed, land
from stevo_dagster.ingest.parse import CANDIDATES, PLACE, REFUSED, Parsed, parse, raw_lines
from stevo_dagster.ingest.pseudonym import Pseudonyms
from stevo_dagster.ingest.run import rules_of
from stevo_dagster.settings import load_settings
from tests.stevo_dagster.ingest.kit import Lines, as_bytes, event

NAMES = Pseudonyms(b"a key of more than 16 bytes")
LINE = json.dumps(event(1)).encode()
NESTED = b'{"event_id": "x", "deep": ' + b"[" * 10_000 + b"]" * 10_000 + b"}"
LONG = b'{"a": "' + b"x" * 1_100_000 + b'"}'

FAULTS = {
    "not json": (b'{"event_id": ', "bad_json", None),
    "python literal": (b"{'event_id': 1}", "bad_json", None),
    "an array": (b"[1, 2]", "not_an_object", None),
    "a number": (b"7", "not_an_object", None),
    "invalid utf-8": (LINE.replace(b"click", b"\xff\xfe"), "not_utf8", None),
    "NUL": (LINE.replace(b"click", b"cl\x00ick"), "nul_byte", None),
    "escaped NUL": (event(1, category="a\x00b"), "nul_byte", "category"),
    "lone surrogate": (b'{"user_id": "\\ud800"}', "wrong_type", "user_id"),
    "too deep": (NESTED, "too_deep", None),
    "no user": (event(1, user_id=None), "missing_field", "user_id"),
    "empty user": (event(1, user_id=""), "missing_field", "user_id"),
    "user is a number": (event(1, user_id=12), "wrong_type", "user_id"),
    "latitude is text": (event(1, latitude="40.7"), "wrong_type", "latitude"),
    "latitude is true": (event(1, latitude=True), "wrong_type", "latitude"),
    "epoch seconds": (event(1, event_at=1_709_251_200), "wrong_type", "event_at"),
    "epoch as text": (event(1, event_at="1709251200"), "bad_time", "event_at"),
    "no such day": (event(1, event_at="2024-02-30T00:00:00Z"), "bad_time", "event_at"),
    "no zone": (event(1, event_at="2024-03-01T00:00:00"), "no_zone", "event_at"),
    "year 9999": (event(1, event_at="9999-12-31T23:59:59Z"), "out_of_range", "event_at"),
    "NaN": (event(1, latitude=math.nan), "not_finite", "latitude"),
    "1e400": (LINE.replace(b"40.7", b"1e400"), "not_finite", "latitude"),
    "unknown NaN": (event(1, speed=math.nan), "not_finite", "extra"),
    "zone as a path": (event(1, time_zone="../../etc/passwd"), "unknown_zone", "time_zone"),
    "too long": (LONG, "line_too_long", None),
}

Passed = Callable[..., Parsed]


@pytest.fixture
def landed(settings, tmp_path) -> Callable[..., Landed]:
    """Land lines, or bytes, as a file."""

    def made(lines: Lines | bytes, name: str = "events.jsonl") -> Landed:
        path = tmp_path / name
        path.write_bytes(lines if isinstance(lines, bytes) else as_bytes(lines))
        return land(settings, path, "events", "web")

    return made


@pytest.fixture
def passed(settings, tmp_path, landed) -> Passed:
    """Land lines and read them once."""

    def one_pass(
        lines: Lines | bytes,
        hidden: Collection[str] = (),
        only: Collection[int] | None = None,
        name: str = "events.jsonl",
    ) -> Parsed:
        file = landed(lines, name)
        suppressed = frozenset(NAMES.of(user) for user in hidden)
        return parse(file, tmp_path / "parsed", rules_of(settings, file), NAMES, suppressed, only)

    return one_pass


def candidates(parsed: Parsed) -> list[dict[str, Any]]:
    found = pq.read_table(parsed.candidates)
    assert found.schema == CANDIDATES
    return found.to_pylist()


def refused(parsed: Parsed) -> list[dict[str, Any]]:
    found = pq.read_table(parsed.refused)
    assert found.schema == REFUSED
    return found.to_pylist()


def test_each_fault_is_refused_for_its_reason_with_its_bytes(passed) -> None:
    lines = [line for line, _, _ in FAULTS.values()]
    good = [event(100 + number) for number in range(3)]
    content = as_bytes([*lines, *good])
    parsed = passed(content)
    assert (parsed.lines, parsed.refused_lines) == (len(lines) + 3, len(lines))
    assert [row["event_id"] for row in candidates(parsed)] == ["e100", "e101", "e102"]
    found = refused(parsed)
    told = [(row["reason"], row["field"]) for row in found]
    assert dict(zip(FAULTS, told, strict=True)) == {
        name: (reason, field) for name, (_, reason, field) in FAULTS.items()
    }
    assert [row["line_number"] for row in found] == list(range(1, len(lines) + 1))
    for row in found:
        assert row["message"]
        raw = content[row["byte_offset"] :][: row["byte_length"]]
        assert content[row["byte_offset"] + row["byte_length"] :].startswith(b"\n")
        assert row["raw"] == (None if row["reason"] == "line_too_long" else raw)


ACCEPTED = {
    "a search without an item": event(2, event_type="search", item_id=None),
    "no place": event(3, latitude=None, longitude=None),
    "an unknown column": event(5, app_version="2.0"),
    "a local time with an offset": event(
        6, event_at="2024-03-01T12:30:00", utc_offset_minutes=-300
    ),
    "local time, zone": event(7, event_at="2024-03-02T12:30:00", time_zone="Asia/Kolkata"),
    "zone in the time": event(8, event_at="2024-03-01T12:30:00+05:30"),
}


def test_what_is_unusual_but_right_is_a_candidate(passed) -> None:
    parsed = passed(ACCEPTED.values())
    assert refused(parsed) == []
    found = {row["event_id"]: row for row in candidates(parsed)}
    at = [found[name]["event_at"].strftime("%d %H:%M") for name in ("e6", "e7", "e8")]
    assert at == ["01 17:30", "02 07:00", "01 07:00"]
    assert found["e5"]["extra"] == '{"app_version":"2.0"}'


def test_a_line_without_a_time_of_receipt_was_received_when_it_was_landed(passed, landed) -> None:
    lines = [event(1, received_at=None), event(2)]
    first, second = candidates(passed(lines))
    assert first["received_at"] == landed(lines).received_at
    assert second["received_at"] == datetime(2024, 3, 5, tzinfo=UTC)


def test_columns_that_a_file_lacks_are_null(passed) -> None:
    content = b"user_id,event_type,event_at\nu1,search,2024-03-01T00:00:00Z\n"
    (row,) = candidates(passed(content, name="events.csv"))
    assert row["user_id"] == NAMES.of("u1")
    filled = {name for name, value in row.items() if value is not None}
    place = {field.name for field in PLACE}
    assert filled == {"user_id", "event_type", "event_at", "received_at", *place}


def test_suppressed_people_are_counted_and_kept_nowhere(passed) -> None:
    lines = [
        event(1, user_id="gone"),
        event(2, user_id="gone", latitude=95.0),
        event(3, user_id="here", latitude=95.0),
        event(4, user_id="here"),
        b"bad",
    ]
    parsed = passed(lines, hidden=["gone", "nobody"])
    assert (parsed.lines, parsed.refused_lines, parsed.suppressed) == (5, 2, 2)
    assert [row["line_number"] for row in candidates(parsed)] == [4]
    assert [row["line_number"] for row in refused(parsed)] == [3, 5]


@pytest.mark.parametrize(
    ("only", "kept", "bad", "suppressed"),
    [([1, 3], [1], [3], 0), ([2], [], [], 1), ([4, 99], [4], [], 0), ([], [], [], 0)],
)
def test_a_replay_looks_at_its_lines_alone(passed, only, kept, bad, suppressed) -> None:
    lines = [event(1), event(2, user_id="gone"), b"bad", event(4), b"bad"]
    parsed = passed(lines, hidden=["gone"], only=only)
    assert [row["line_number"] for row in candidates(parsed)] == kept
    assert [row["line_number"] for row in refused(parsed)] == bad
    assert (parsed.lines, parsed.refused_lines, parsed.suppressed) == (
        len(kept) + len(bad) + suppressed,
        len(bad),
        suppressed,
    )


def test_counts_run_through_all_chunks_of_a_file(passed) -> None:
    padding = "x" * 2000
    lines = [b"bad" if n % 1000 == 999 else event(n, note=padding) for n in range(6000)]
    content = as_bytes(lines)
    parsed = passed(content)
    assert pq.ParquetFile(parsed.candidates).num_row_groups > 1, "the file is one chunk"
    assert (parsed.lines, parsed.refused_lines) == (6000, 6)
    assert [row["line_number"] for row in refused(parsed)] == list(range(1000, 6001, 1000))
    assert all(content[row["byte_offset"] :].startswith(b"bad\n") for row in refused(parsed))
    numbers = pq.read_table(parsed.candidates, columns=["line_number"])["line_number"]
    assert numbers.to_pylist() == [n + 1 for n in range(6000) if n % 1000 != 999]


@given(
    kinds=st.lists(st.sampled_from(["good", "bad", "gone"]), min_size=1, max_size=12),
    data=st.data(),
)
@hypothesis_settings(max_examples=20, deadline=None)
def test_every_line_looked_at_ends_in_one_place(tmp_path_factory, kinds, data) -> None:
    folder = tmp_path_factory.mktemp("home")
    settings = load_settings(folder)
    numbers = list(range(1, len(kinds) + 1))
    only = data.draw(st.none() | st.sets(st.sampled_from(numbers)))
    made = {"good": event(1), "bad": b"{", "gone": event(1, user_id="gone")}
    path = folder / "events.jsonl"
    path.write_bytes(as_bytes(made[kind] for kind in kinds))
    file = land(settings, path, "events", "web")
    hidden = frozenset([NAMES.of("gone")])
    parsed = parse(file, folder / "parsed", rules_of(settings, file), NAMES, hidden, only)
    wanted = {
        kind: [n for n in numbers if kinds[n - 1] == kind and (only is None or n in only)]
        for kind in made
    }
    assert [row["line_number"] for row in candidates(parsed)] == wanted["good"]
    assert [row["line_number"] for row in refused(parsed)] == wanted["bad"]
    assert (parsed.suppressed, parsed.refused_lines) == (len(wanted["gone"]), len(wanted["bad"]))
    assert parsed.lines == sum(map(len, wanted.values()))


def test_bytes_of_lines_are_read_back_by_their_numbers(landed) -> None:
    file = landed(b"\xef\xbb\xbf" + LINE + b"\r\n\n" + LONG + b"\nbad\xff\x00\n" + LINE)
    assert raw_lines(file, [1, 3, 4, 5]) == {1: LINE, 3: None, 4: b"bad\xff\x00", 5: LINE}
    assert raw_lines(file, [4]) == {4: b"bad\xff\x00"}
    assert raw_lines(file, []) == {}


def test_parquet_rows_have_no_bytes_but_their_content(passed, tmp_path) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.Table.from_pylist([event(1), event(2, latitude=95.0)]), path)
    (row,) = refused(passed(path.read_bytes(), name="events.parquet"))
    assert (row["line_number"], row["byte_offset"], row["byte_length"]) == (2, -1, -1)
    assert json.loads(row["raw"])["latitude"] == 95.0
