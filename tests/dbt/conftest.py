"""Events for the warehouse's runs: a small simulated city and the awkward sources beside it.

Belongs here: loading events straight into a lake, without ingest. Does not belong here: dbt runs.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest

from stevo_dagster.lake import Lake, day_partition, write_table
from stevo_dagster.settings import Settings, load_settings
from stevo_dagster.sources.simulator.run import simulate_table
from stevo_dagster.warehouse.tables import tables

FIRST, LAST = date(2024, 10, 10), date(2024, 10, 21)

_DERIVED = {
    "day": "cast(timezone('UTC', event_at) as date)",
    "received_at": "event_at",
    "source": "coalesce(source, 'city')",
    "event_key": "hash(coalesce(source, 'city'), event_id)",
    "file_id": "'0123456789abcdef'",
    "line_number": "0",
    "byte_offset": "0",
    "body_hash": "md5(event_id)",
    "is_suspect_swap": "false",
    "is_late": "false",
    "latitude": "case when not isnan(latitude) then latitude end",
    "longitude": "case when not isnan(longitude) then longitude end",
    "dwell_seconds": "case when not isnan(dwell_seconds) then dwell_seconds end",
    "amount": "case when not isnan(amount) then amount end",
    "rating": "case when not isnan(rating) then rating end",
}

# An hour-precise source with far points in one hour, a source without coordinates, an event that
# was logged twice, and a run of events without a pause for two days.
AWKWARD = """
select 'hourly' as source, 'h' || i as event_id, 'hourly-user' as user_id, 'click' as event_type,
    timestamptz '2024-10-12 09:00:00+00' as event_at, 'h' || i as item_id,
    30.0 + i * 0.1 as latitude, 120.0 as longitude
from range(5) r(i)
union all
select 'placeless', 'p' || i, 'placeless-user', 'review',
    timestamptz '2024-10-12 09:00:01+00' + i * interval 7 hour, 'film' || i, null, null
from range(20) r(i)
union all
select 'copies', 'c' || i, 'copies-user', 'click', timestamptz '2024-10-13 10:11:12+00', 'x',
    null, null
from range(3) r(i)
union all
select 'sleepless', 's' || i, 'sleepless-user', 'click',
    timestamptz '2024-10-14 12:00:05+00' + i * interval 20 minute
        + (i * i % 97) * interval 1 second,
    'x', null, null
from range(150) r(i)
"""


def load_rows(lake: Lake, query: str, con: duckdb.DuckDBPyConnection | None = None) -> list[date]:
    """Publish a query's rows as days of `events`; columns it lacks are derived or null."""
    con = con or duckdb.connect()
    con.execute("set timezone = 'UTC'")
    con.execute(f"create or replace temp table given as {query}")
    given = {row[0] for row in con.execute("describe given").fetchall()}
    for column in ("latitude", "longitude", "dwell_seconds", "amount", "rating", "source"):
        if column not in given:
            kind = tables()["events"].columns[column]
            con.execute(f"alter table given add column {column} {kind}")
    columns = ", ".join(
        f"cast({_DERIVED.get(name) or (name if name in given else 'null')} as {kind}) as {name}"
        for name, kind in tables()["events"].columns.items()
    )
    con.execute(f"create or replace temp table events as select {columns} from given")
    days = [row[0] for row in con.execute("select distinct day from events order by 1").fetchall()]
    for day in days:
        rows = con.sql(f"select * from events where day = date '{day}'")
        write_table(lake, "load", "events", day_partition(day), rows, code_hash="test", inputs={})
    return days


@pytest.fixture(scope="module")
def make_home(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Settings]:
    """Makes a home that holds the city and the awkward sources."""
    city = simulate_table(people=25, days=12, seed=7, start=FIRST)

    def make(name: str) -> Settings:
        home: Path = tmp_path_factory.mktemp(name)
        settings = load_settings(home, {"STEVO_ENV": "ci"})
        con = duckdb.connect()
        con.register("city", city)
        within = f"cast(timezone('UTC', event_at) as date) between '{FIRST}' and '{LAST}'"
        load_rows(
            settings.lake,
            f"select * from (select * from city union all by name select * from ({AWKWARD}))"
            f" where {within}",
            con,
        )
        return settings

    return make
