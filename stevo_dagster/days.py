"""UTC days: ranges that people ask for, days that are closed, and chunks of consecutive ones.

Belongs here: arithmetic over days, and which days of the data may be built. Does not belong here:
which of them are stale (`warehouse/plan.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from stevo_dagster.errors import StevoError
from stevo_dagster.lake import day_of, partitions
from stevo_dagster.settings import Settings

MAX_DAYS_A_RUN = 31


def check_order(from_day: date | None, to_day: date | None) -> None:
    """Refuse a reversed range.

    Raises:
        StevoError: it ends before it begins.
    """
    if from_day is not None and to_day is not None and from_day > to_day:
        raise StevoError(
            f"the range {from_day}..{to_day} is reversed",
            where="--from, --to",
            fix=f"write --from {to_day} --to {from_day}",
        )


def chosen_days(
    settings: Settings, from_day: date | None, to_day: date | None, now: datetime | None = None
) -> tuple[date, date]:
    """The first and last day to bring up to date: closed days inside the data.

    A day is closed once the watermark hours after its end have passed.

    Raises:
        StevoError: there is no data, or no closed day of it lies in the range.
    """
    published = [day_of(part) for part in partitions(settings.lake, "events")]
    if not published:
        raise StevoError(
            "there are no events yet",
            where=str(settings.home),
            fix="`stevo demo`, or `stevo ingest FILE --format F --source NAME`",
        )
    moment = (now or datetime.now(UTC)) - timedelta(hours=settings.watermark_hours)
    newest = min(published[-1], moment.date() - timedelta(days=1))
    first = max(published[0], from_day or published[0])
    last = min(newest, to_day or newest)
    if first > last:
        raise StevoError(
            f"the range {from_day or published[0]}..{to_day or newest} holds no closed day of the"
            " data",
            where="--from, --to",
            fix=f"choose days from {published[0]} to {newest}"
            if published[0] <= newest
            else f"wait until {settings.watermark_hours} hours after the day's end (UTC)",
        )
    return first, last


def chunks(days: Sequence[date], size: int = MAX_DAYS_A_RUN) -> Iterator[tuple[date, date]]:
    """Runs of consecutive days, at most `size` long, as (first, last)."""
    start = 0
    for index in range(1, len(days) + 1):
        is_end = index == len(days)
        if is_end or days[index] - days[index - 1] > timedelta(days=1) or index - start == size:
            yield days[start], days[index - 1]
            start = index


def days_between(from_day: date | None, to_day: date | None) -> list[date]:
    """Every day of an inclusive range; none for no range."""
    if from_day is None or to_day is None:
        return []
    return [from_day + timedelta(days=number) for number in range((to_day - from_day).days + 1)]
