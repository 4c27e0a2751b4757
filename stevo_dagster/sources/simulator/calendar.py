"""The city's days and clock: weekdays, holidays, the shopping peak, and local time to UTC.

Belongs here: what kind of day each local day is, and the clock changes. Does not belong here: what
people do on them (`schedule.py`, `funnel.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from stevo_dagster.sources.simulator.plan import DAY_SECONDS, Plan

HOUR_SECONDS = 3_600


@dataclass(frozen=True)
class Calendar:
    """Local days; arrays of shape (d,). `weekday` is 0 on Mondays; `peak` is an index or -1."""

    dates: tuple[date, ...]
    weekday: np.ndarray
    is_holiday: np.ndarray
    is_off: np.ndarray
    peak: int


def build_calendar(plan: Plan) -> Calendar:
    """The local days of a plan; a null city has neither holidays nor a peak."""
    dates = tuple(plan.local_start + timedelta(days=i) for i in range(plan.local_days))
    weekday = np.array([day.weekday() for day in dates])
    if plan.is_null:
        nothing = np.zeros(len(dates), dtype=bool)
        return Calendar(dates, weekday, nothing, nothing, -1)
    import holidays

    years = range(dates[0].year, dates[-1].year + 1)
    names = holidays.country_holidays(plan.city.country, years=years)
    is_holiday = np.array([day in names for day in dates])
    return Calendar(dates, weekday, is_holiday, is_holiday | (weekday >= 5), _peak(plan, dates))


def _peak(plan: Plan, dates: tuple[date, ...]) -> int:
    """The day after Thanksgiving where it is simulated, else the Saturday after two thirds."""
    inside = range(1, 1 + plan.days)
    for index in inside:
        day = dates[index]
        if day.month == 11 and day.weekday() == 4 and 23 <= day.day <= 29:
            return index
    late = [i for i in inside if dates[i].weekday() == 5 and i >= plan.days * 2 / 3]
    return late[0] if late else -1


def to_utc(plan: Plan, rng: np.random.Generator, local_seconds: np.ndarray) -> np.ndarray:
    """Seconds since 1970 in UTC of local wall-clock seconds since the first local midnight.

    A time that the clocks skip is read with the offset before the change; one that they run
    through twice falls into either pass by chance. Shape (n,), int64.
    """
    hour = local_seconds // HOUR_SECONDS
    first, second = (_offsets(plan, int(hour.max(initial=0)) + 1, fold) for fold in (0, 1))
    is_twice = second < first
    offset = first[hour]
    doubled = np.flatnonzero(is_twice[hour])
    offset[doubled] = np.where(
        rng.random(len(doubled)) < 0.5, first[hour[doubled]], second[hour[doubled]]
    )
    midnight = datetime.combine(plan.local_start, datetime.min.time())
    origin = int((midnight - datetime(1970, 1, 1)).total_seconds())
    return origin + local_seconds - offset


def _offsets(plan: Plan, hours: int, fold: int) -> np.ndarray:
    """Seconds east of UTC in each local hour."""
    zone = ZoneInfo(plan.city.time_zone)
    midnight = datetime.combine(plan.local_start, datetime.min.time(), tzinfo=zone)
    found = np.zeros(hours, dtype=np.int64)
    for hour in range(hours):
        moment = (midnight + timedelta(hours=hour)).replace(fold=fold)
        offset = moment.utcoffset()
        assert offset is not None, "a zone always has an offset"
        found[hour] = int(offset.total_seconds())
    return found


def utc_window(plan: Plan) -> tuple[int, int]:
    """First second and the one after the last, since 1970, of the plan's UTC days."""
    first = (plan.start - date(1970, 1, 1)).days * DAY_SECONDS
    return first, first + plan.days * DAY_SECONDS
