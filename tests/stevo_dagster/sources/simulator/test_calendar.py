"""Days and the clock, checked against zoneinfo and the law's dates."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stevo_dagster.sources.simulator.calendar import build_calendar, to_utc, utc_window
from stevo_dagster.sources.simulator.plan import DAY_SECONDS, make_plan
from stevo_dagster.sources.simulator.world import World

ZONE = ZoneInfo("America/New_York")


def test_holidays_and_the_day_after_thanksgiving(world: World) -> None:
    days = world.calendar
    found = [day for day, is_holiday in zip(days.dates, days.is_holiday, strict=True) if is_holiday]
    assert found == [date(2024, 10, 14), date(2024, 11, 11), date(2024, 11, 28)]
    assert days.dates[days.peak] == date(2024, 11, 29)


def test_without_thanksgiving_the_peak_is_a_late_saturday() -> None:
    plan = make_plan(5, 30, 1, "2024-03-01", False, "new_york")
    days = build_calendar(plan)
    assert days.dates[days.peak] == date(2024, 3, 23)
    assert build_calendar(make_plan(5, 2, 1, "2024-03-04", False, "new_york")).peak == -1


def test_a_null_city_has_no_special_days(null_world: World) -> None:
    assert not null_world.calendar.is_holiday.any()
    assert not null_world.calendar.is_off.any()
    assert null_world.calendar.peak == -1


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 5 * DAY_SECONDS - 1), st.sampled_from(["2026-03-07", "2026-11-01"]))
def test_local_time_is_read_as_zoneinfo_reads_it(second: int, start: str) -> None:
    plan = make_plan(1, 3, 1, start, False, "new_york")
    found = int(to_utc(plan, np.random.default_rng(1), np.array([second]))[0])
    local = datetime.combine(plan.local_start, datetime.min.time()) + timedelta(seconds=second)
    wanted = {
        int(local.replace(tzinfo=ZONE, fold=fold).astimezone(UTC).timestamp()) for fold in (0, 1)
    }
    is_skipped = datetime(2026, 3, 8, 2) <= local < datetime(2026, 3, 8, 3)
    assert found in wanted
    if is_skipped:
        assert datetime.fromtimestamp(found, ZONE).hour == 3


def test_an_hour_that_runs_twice_is_filled_twice() -> None:
    plan = make_plan(1, 3, 1, "2026-11-01", False, "new_york")
    second = np.full(400, DAY_SECONDS + 5_400)  # 01:30 on 1 November
    found = np.unique(to_utc(plan, np.random.default_rng(1), second))
    assert np.diff(found).tolist() == [3_600]


def test_the_window_is_whole_utc_days(world: World) -> None:
    first, end = utc_window(world.plan)
    assert datetime.fromtimestamp(first, UTC).isoformat() == "2024-10-10T00:00:00+00:00"
    assert end - first == world.plan.days * DAY_SECONDS
