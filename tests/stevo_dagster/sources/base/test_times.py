"""Times: ISO 8601 of any instant and zone, local times beside their zone, and what is no time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as cases
from hypothesis import strategies as st

from stevo_dagster.sources.base.contract import INSTANT
from stevo_dagster.sources.base.faults import Faults
from stevo_dagster.sources.base.times import instants, zone_info
from tests.stevo_dagster.sources.kit import reasons

MOMENT = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29))
OFFSET = st.integers(-14 * 60 - 59, 14 * 60 + 59)
ZONES = ["America/New_York", "Asia/Kolkata", "Europe/Berlin", "Australia/Lord_Howe", "UTC"]


def parse(
    texts: list[str | None],
    offsets: list[int | None] | None = None,
    zones: list[str | None] | None = None,
) -> tuple[list[datetime | None], dict[int, str]]:
    faults = Faults()
    found = instants(
        pa.array(texts, pa.string()),
        "event_at",
        faults,
        offsets=None if offsets is None else pa.array(offsets, pa.int32()),
        zones=None if zones is None else pa.array(zones, pa.string()),
    )
    assert found.type == INSTANT
    return found.to_pylist(), reasons(faults)


@st.composite
def spelled(draw) -> tuple[str, datetime]:
    """An instant, and one of the ways to write it."""
    moment = draw(MOMENT)
    moment = moment.replace(microsecond=draw(st.sampled_from([0, 500_000, moment.microsecond])))
    offset = draw(OFFSET)
    text = moment.isoformat(draw(st.sampled_from("T ")))
    if not moment.microsecond and not moment.second and draw(st.booleans()):
        text = text[:16]
    if moment.microsecond == 500_000 and draw(st.booleans()):
        text = text.rstrip("0")
    sign, minutes = "-" if offset < 0 else "+", abs(offset)
    colon = draw(st.sampled_from([":", ""]))
    zone = f"{sign}{minutes // 60:02}{colon}{minutes % 60:02}"
    if draw(st.booleans()):
        zone, offset = "Z", 0
    return text + zone, moment.replace(tzinfo=timezone(timedelta(minutes=offset)))


@cases(deadline=None, max_examples=200)
@given(st.lists(spelled(), min_size=1, max_size=5))
def test_any_instant_is_read_back_from_any_zone(told) -> None:
    found, blamed = parse([text for text, _ in told])
    assert found == [moment for _, moment in told]
    assert blamed == {}


@cases(deadline=None, max_examples=100)
@given(st.lists(spelled().map(lambda told: told[0]) | st.text("0123456789-:TZ+. ", max_size=22)))
def test_a_times_reading_does_not_depend_on_its_neighbours(texts) -> None:
    texts = [text for text in texts if not text.startswith("0000")]
    alone = [parse([text]) for text in texts]
    assert parse(texts) == (
        [moment for (moment,), _ in alone],
        {row: why[0] for row, (_, why) in enumerate(alone) if why},
    )


@cases(deadline=None, max_examples=100)
@given(MOMENT, OFFSET)
def test_a_local_time_with_an_offset_is_that_instant(local, offset) -> None:
    zone = timezone(timedelta(minutes=offset))
    assert parse([local.isoformat()], [offset], ["Europe/Berlin"]) == (
        [local.replace(tzinfo=zone)],
        {},
    )


@cases(deadline=None, max_examples=100)
@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(ZONES),
)
def test_a_local_time_of_a_zone_is_the_first_instant_of_its_clock(moment, zone) -> None:
    local = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
    (found,), blamed = parse([local.isoformat()], zones=[zone])
    assert blamed == {}
    assert found is not None
    assert found.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local
    assert found in (moment, moment - timedelta(hours=1), moment - timedelta(minutes=30))


def test_the_hour_that_comes_twice_is_the_first() -> None:
    (found,), _ = parse(["2024-11-03T01:30:00"], zones=["America/New_York"])
    assert found == datetime(2024, 11, 3, 5, 30, tzinfo=UTC)


def test_the_hour_that_is_skipped_is_a_fault() -> None:
    faults = Faults()
    texts = pa.array(["2024-03-10T02:30:00"])
    instants(texts, "event_at", faults, zones=pa.array(["America/New_York"]))
    ((_, fault),) = faults
    assert fault.message == (
        "event_at '2024-03-10T02:30:00' is a time that the clocks of America/New_York skip"
    )


def test_finer_than_a_microsecond_is_cut() -> None:
    texts = ["1969-12-31T23:59:59.999999999Z", "2024-01-01T00:00:00.1234567Z"]
    wanted = [
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2024, 1, 1, 0, 0, 0, 123_456, tzinfo=UTC),
    ]
    assert parse(texts) == (wanted, {})


@pytest.mark.parametrize("zone", [None, "", "Mars/Olympus", "America", "../../etc/passwd", "\0"])
def test_without_a_known_zone_nothing_is_guessed(zone) -> None:
    found, blamed = parse(["2024-03-01T00:00:00"] * 2, [None, 0], [zone, zone])
    assert found == [None, datetime(2024, 3, 1, tzinfo=UTC)]
    assert blamed == {0: "no_zone"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1709251200",
        "2024-03-01",
        "2024-02-30T00:00:00Z",
        "2023-02-29T00:00:00Z",
        "2024-03-01T24:00:00Z",
        "2024-03-01T23:59:60Z",
        "2024-03-01T12Z",
        "2024-03-01T12:30:00Z\n",
        " 2024-03-01T12:30:00Z",
        "2024-03-01T12:30:00 Z",
        "2024-03-01T12:30:00+15:00",
        "2024-03-01t12:30:00z",
        "2024-W09-5T12:30:00Z",
        "01/03/2024 12:30",
        "٢٠٢٤-03-01T12:30:00Z",
    ],
)
def test_what_is_no_time_is_blamed_alone(text) -> None:
    good = "2024-03-01T12:30:00Z"
    found, blamed = parse([good, text, good, None])
    moment = datetime(2024, 3, 1, 12, 30, tzinfo=UTC)
    assert found == [moment, None, moment, None]
    assert blamed == {1: "bad_time"}


def test_the_ends_of_the_calendar_are_a_fault_and_no_crash() -> None:
    texts = ["0001-01-01T00:00:00", "9999-12-31T23:59:00", "9999-12-31T23:59:00"]
    assert parse(texts, [900, -900, -(2**31)])[1] == dict.fromkeys(range(3), "bad_time")
    assert parse(texts[1:2], zones=["America/New_York"])[1] == {0: "bad_time"}


def test_zones_are_known_by_iana_name() -> None:
    assert zone_info("Asia/Kolkata") == ZoneInfo("Asia/Kolkata")
    assert zone_info("x" * 10_000) is None
