"""The mobile shopping log: what a line becomes, and lines it cannot say."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from stevo_dagster.sources.base.faults import FileProblem
from tests.stevo_dagster.sources.kit import read, tianchi

HEADER = "user_id,item_id,behavior_type,user_geohash,item_category,time\n"


def log(folder: Path, *lines: str) -> Path:
    path = folder / "log.csv"
    path.write_text(HEADER + "".join(f"{line}\n" for line in lines))
    return path


def test_hours_are_of_chinas_clock_and_the_geohash_is_no_place(tmp_path) -> None:
    found, reasons = read("tianchi", tianchi(tmp_path / "log"))
    assert found[0] == {
        "user_id": "7",
        "item_id": "21",
        "event_type": "click",
        "category": "4",
        "event_at": datetime(2017, 7, 10, 10, tzinfo=UTC),
        "utc_offset_minutes": 480,
        "extra": '{"user_geohash":"wtw3sj"}',
    }
    assert "extra" not in found[1]
    assert reasons == {}


def test_an_hour_before_eight_in_china_is_of_the_day_before(tmp_path) -> None:
    (row,), _ = read("tianchi", log(tmp_path, "1,2,1,,33,2014-12-06 02"))
    assert row["event_at"] == datetime(2014, 12, 5, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "event_type"),
    [("1", "click"), ("2", "favourite"), ("3", "cart"), ("4", "purchase"), ("9", "9")],
)
def test_codes_are_types_and_unknown_ones_are_left_for_validation(
    tmp_path, code, event_type
) -> None:
    (row,), reasons = read("tianchi", log(tmp_path, f"1,2,{code},,33,2014-12-06 02"))
    assert row["event_type"] == event_type
    assert reasons == {}


@pytest.mark.parametrize("time", ["yesterday", "2014-12-06 24", "2014-02-30 02", "2014-12-06"])
def test_times_that_are_no_hours_are_blamed(tmp_path, time) -> None:
    path = log(tmp_path, "1,2,1,,33,2014-12-06 02", f"1,2,1,,33,{time}")
    assert read("tianchi", path)[1] == {3: "bad_time"}


def test_another_csv_is_refused(tmp_path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("user_id,item_id,time\n1,2,2014-12-06 02\n")
    with pytest.raises(FileProblem, match="lacks behavior_type, user_geohash, item_category"):
        read("tianchi", path)
