"""A home of three days with a handful of events, published as ingest would."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest

from stevo_dagster.home import widen_days
from stevo_dagster.instance import open_instance
from stevo_dagster.lake import day_partition, run_staging, write_table
from stevo_dagster.records import record_events
from stevo_dagster.runner import Runner
from stevo_dagster.settings import Settings
from stevo_dagster.warehouse.build import ensure_manifest

DAYS = tuple(date(2024, 10, 10) + timedelta(days=number) for number in range(3))
PLACES = (("cafe", 40.71, -74.0), ("office", 40.72, -74.01), ("home", 40.73, -74.02))

Publish = Callable[..., None]


def events_of(day: date, event_type: str = "check_in", people: int = 3) -> pa.Table:
    """Three events of each person on one day, in the contract."""
    rows = []
    for person in range(people):
        for step, (item, latitude, longitude) in enumerate(PLACES):
            at = datetime(day.year, day.month, day.day, 9 + 4 * step, person, tzinfo=UTC)
            key = day.toordinal() * 1000 + person * 10 + step
            rows.append(
                {
                    "day": day,
                    "event_id": f"e{key}",
                    "user_id": f"user-{person}",
                    "event_type": event_type,
                    "event_at": at,
                    "received_at": at,
                    "item_id": item,
                    "category": item,
                    "latitude": latitude,
                    "longitude": longitude,
                    "time_zone": "America/New_York",
                    "source": "test",
                    "extra": "{}",
                    "file_id": "0" * 16,
                    "line_number": step,
                    "byte_offset": 0,
                    "event_key": key,
                    "body_hash": str(key),
                    "is_suspect_swap": False,
                    "is_late": False,
                }
            )
    return _typed(rows)


def _typed(rows: list[dict]) -> pa.Table:
    import duckdb

    from stevo_dagster.warehouse.tables import tables

    known = pa.Table.from_pylist(rows)
    columns = [
        f"cast({name if name in known.column_names else 'null'} as {kind}) as {name}"
        for name, kind in tables()["events"].columns.items()
    ]
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        con.register("known", known)
        return con.execute(f"select {', '.join(columns)} from known").to_arrow_table()


@pytest.fixture
def publish_day(settings: Settings) -> Publish:
    """Publish one day of events."""

    def publish(day: date, **how) -> None:
        with run_staging(settings.lake, "seed"):
            write_table(
                settings.lake,
                "seed",
                "events",
                day_partition(day),
                events_of(day, **how),
                code_hash="test",
            )
        widen_days(settings, [day])

    return publish


@pytest.fixture
def instance(settings: Settings) -> Iterator:
    """The home's Dagster instance."""
    ensure_manifest()
    with open_instance(settings) as opened:
        yield opened


@pytest.fixture
def said() -> list[tuple[str, str]]:
    """What the chain told."""
    return []


@pytest.fixture
def runner(settings: Settings, instance, publish_day, said) -> Runner:
    """Good day 1, bad day 2 (an event type that does not exist), good day 3; events recorded."""
    for number, day in enumerate(DAYS):
        publish_day(day, event_type="teleport" if number == 1 else "check_in")
    record_events(instance, settings.lake)
    return Runner(settings, instance, lambda phase, text: said.append((phase, text)))


@pytest.fixture
def three_days() -> tuple[date, ...]:
    """The days of this folder's homes."""
    return DAYS
