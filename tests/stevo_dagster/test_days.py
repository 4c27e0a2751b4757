"""Ranges that are asked for, days that are closed, and chunks of consecutive ones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from stevo_dagster.days import check_order, chosen_days, chunks, days_between
from stevo_dagster.errors import StevoError
from stevo_dagster.lake import day_partition, run_staging, write_table
from stevo_dagster.settings import Settings

DAY = date(2024, 10, 10)


def publish_days(settings: Settings, days: list[date]) -> None:
    """Publish `events` with one row on each day."""
    with run_staging(settings.lake, "seed"):
        for day in days:
            data = pa.table({"day": [day], "event_id": ["a"]})
            write_table(settings.lake, "seed", "events", day_partition(day), data, code_hash="c")


@given(st.sets(st.integers(0, 120), min_size=1), st.integers(1, 40))
@hypothesis_settings(deadline=None, max_examples=50)
def test_chunks_cover_each_day_once_and_hold_consecutive_days(numbers, size):
    days = [DAY + timedelta(days=number) for number in sorted(numbers)]
    covered = []
    for first, last in chunks(days, size):
        length = (last - first).days + 1
        assert 1 <= length <= size
        covered += [first + timedelta(days=number) for number in range(length)]
    assert covered == days


def test_thirty_days_are_one_run():
    days = [DAY + timedelta(days=number) for number in range(30)]
    assert list(chunks(days)) == [(days[0], days[-1])]


def test_a_reversed_range_is_refused_with_the_right_one():
    with pytest.raises(StevoError, match="reversed") as error:
        check_order(date(2024, 3, 5), date(2024, 3, 1))
    assert "--from 2024-03-01 --to 2024-03-05" in str(error.value)


def test_no_data_says_how_to_get_some(settings: Settings):
    with pytest.raises(StevoError, match="no events yet") as error:
        chosen_days(settings, None, None)
    assert "stevo demo" in str(error.value)


def test_a_range_outside_the_data_names_the_days_there_are(settings: Settings):
    publish_days(settings, [DAY, DAY + timedelta(days=2)])
    with pytest.raises(StevoError, match="no closed day") as error:
        chosen_days(settings, date(2030, 1, 1), None)
    assert "2024-10-10 to 2024-10-12" in str(error.value)


def test_a_day_is_closed_only_after_its_watermark(settings: Settings):
    publish_days(settings, [DAY, DAY + timedelta(days=1)])
    end = datetime(2024, 10, 12, tzinfo=UTC)
    before, after = end + timedelta(hours=5, minutes=59), end + timedelta(hours=6)
    assert chosen_days(settings, None, None, before) == (DAY, DAY)
    assert chosen_days(settings, None, None, after) == (DAY, DAY + timedelta(days=1))
    with pytest.raises(StevoError, match="wait until 6 hours"):
        chosen_days(settings, None, None, datetime(2024, 10, 10, 12, tzinfo=UTC))


def test_a_range_is_cut_to_the_data(settings: Settings):
    publish_days(settings, [DAY, DAY + timedelta(days=5)])
    assert chosen_days(settings, date(2020, 1, 1), date(2030, 1, 1)) == (
        DAY,
        DAY + timedelta(days=5),
    )


def test_both_ends_of_a_range_are_in_it_and_no_range_has_no_day():
    assert days_between(DAY, date(2024, 10, 12)) == [DAY, date(2024, 10, 11), date(2024, 10, 12)]
    assert days_between(DAY, DAY) == [DAY]
    assert days_between(None, None) == []
