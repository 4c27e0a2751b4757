"""The daily partitions of a home and how one table's days lie on another's.

Belongs here: partition definitions and mappings. Does not belong here: which days are stale.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import dagster as dg

from stevo_dagster.home import Home

# Before the first load nothing is known; the city simulator starts on this day.
FIRST_DAY = date(2024, 10, 10)
HISTORICAL_AFTER_DAYS = 30


def daily_partitions(home: Home | None, today: date | None = None) -> dg.DailyPartitionsDefinition:
    """One partition a UTC day, from the data's first day.

    A historical data set (its last day lies more than `HISTORICAL_AFTER_DAYS` back) ends with its
    last day, so that no years of empty partitions follow; a living one has no end.
    """
    now = today or datetime.now(UTC).date()
    if home is None or home.first_day is None or home.last_day is None:
        return dg.DailyPartitionsDefinition(FIRST_DAY.isoformat(), end_date=_after(FIRST_DAY))
    last = date.fromisoformat(home.last_day)
    is_historical = (now - last).days > HISTORICAL_AFTER_DAYS
    return dg.DailyPartitionsDefinition(
        home.first_day, end_date=_after(last) if is_historical else None
    )


def looking_back(days: int) -> dg.PartitionMapping:
    """Day D depends on D and the `days` days before it, as far as there are any."""
    return dg.TimeWindowPartitionMapping(
        start_offset=-days, allow_nonexistent_upstream_partitions=True
    )


def _after(day: date) -> str:
    return (day + timedelta(days=1)).isoformat()
