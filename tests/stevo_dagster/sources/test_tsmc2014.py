"""Check-ins of the TSMC2014 dump: what a line becomes, in an encoding and times of its own."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as cases
from hypothesis import strategies as st

from tests.stevo_dagster.sources.kit import Row, read, tsmc2014


def dump(path: Path, *lines: str) -> tuple[list[Row], dict[int, str]]:
    path.write_bytes("".join(f"{line}\n" for line in lines).encode("latin-1"))
    return read("tsmc2014", path)


def line(time: str = "Tue Apr 03 18:00:09 +0000 2012", category: str = "c1\tBar") -> str:
    return f"7\tv1\t{category}\t40.5\t-74.0\t-240\t{time}"


def test_a_check_in(tmp_path) -> None:
    found, reasons = read("tsmc2014", tsmc2014(tmp_path / "nyc"))
    assert found[0] == {
        "user_id": "7",
        "item_id": "v1",
        "category": "Caf\xe9",
        "latitude": 40.5,
        "longitude": -74.0,
        "utc_offset_minutes": -240,
        "event_at": datetime(2017, 7, 10, 18, 0, 9, tzinfo=UTC),
        "event_type": "check_in",
        "extra": '{"category_id":"c1"}',
    }
    assert reasons == {2: "bad_time"}


@cases(deadline=None, max_examples=25)
@given(st.lists(st.datetimes(datetime(1000, 1, 1)), min_size=1, max_size=40))
def test_times_are_utc_whatever_the_offset_says(tmp_path_factory, moments) -> None:
    moments = [moment.replace(microsecond=0, tzinfo=UTC) for moment in moments]
    path = tmp_path_factory.mktemp("dump") / "checkins.txt"
    found, reasons = dump(path, *(line(f"{at:%a %b %d %H:%M:%S %z} {at.year}") for at in moments))
    assert [row["event_at"] for row in found] == moments
    assert reasons == {}


@pytest.mark.parametrize(
    "time",
    [
        "Tue Apr 31 18:00:09 +0000 2012",
        "Tue Apr 03 18:00:09 -0400 2012",
        "Tue Apr 03 2012",
        "",
    ],
)
def test_other_times_are_not_guessed(tmp_path, time) -> None:
    found, _ = dump(tmp_path / "a.txt", line(), line(time))
    assert [row.get("event_at") for row in found] == [
        datetime(2012, 4, 3, 18, 0, 9, tzinfo=UTC),
        None,
    ]


def test_quotes_are_letters(tmp_path) -> None:
    found, reasons = dump(tmp_path / "a.txt", line(category='c1\t"Bar'), line())
    assert [row["category"] for row in found] == ['"Bar', "Bar"]
    assert reasons == {}


def test_a_line_of_other_fields_is_blamed_alone(tmp_path) -> None:
    found, reasons = dump(tmp_path / "a.txt", line(), "7\tv1", line() + "\tmore")
    assert found[0]["user_id"] == "7"
    assert reasons == {2: "bad_fields", 3: "bad_fields"}


def test_a_venue_without_a_category_id_has_no_extra(tmp_path) -> None:
    (row,), _ = dump(tmp_path / "a.txt", line(category="\tBar"))
    assert "extra" not in row


def test_gzip_says_the_same(tmp_path) -> None:
    plain = tsmc2014(tmp_path / "nyc")
    packed = tmp_path / "nyc.txt.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert read("tsmc2014", packed) == read("tsmc2014", plain)
