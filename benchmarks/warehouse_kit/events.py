"""Events of a chosen size, published as days of `events`: a simulated city, many times over.

Belongs here: making and publishing them. Does not belong here: measuring
(`benchmarks/warehouse.py`).

One city of the simulator is repeated as districts: district k has users, items and events of its
own, and its points lie k hundredths of a degree further north. So people, items, points and rows
all grow alike, while the number of days stays what it is.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import duckdb

from stevo_dagster.lake import Lake, day_partition, publish, run_staging, sql_text
from stevo_dagster.sources.simulator.run import simulate_table
from stevo_dagster.warehouse.tables import tables

RUN = "events-of-a-size"
PEOPLE = 1000
PUBLISHERS = 2

# What ingest would add to the columns of the simulator, and what a district changes in them.
MADE = {
    "day": "cast(event_at as date)",
    "event_id": "event_id || '-' || district",
    "user_id": "user_id || '-' || district",
    "item_id": "item_id || '-' || district",
    "session_id": "session_id || '-' || district",
    "latitude": "latitude + district * 0.01",
    "source": "'city'",
    "event_key": "hash(event_id, district)",
    "body_hash": "md5(event_id || '-' || district)",
    "file_id": "'0123456789abcdef'",
    "line_number": "district",
    "byte_offset": "0",
    "utc_offset_minutes": "null",
    "extra": "null",
    "is_suspect_swap": "false",
    "is_late": "false",
}


def publish_events(
    lake: Lake, rows: int, days: int, people: int = PEOPLE
) -> tuple[int, list[date]]:
    """Fill an empty lake with about `rows` events.

    Args:
        lake: the lake.
        rows: how many events to come near to; whole districts are made, at least one.
        days: UTC days they spread over.
        people: people of a district.

    Returns:
        The number of events, and their days in order.
    """
    city = simulate_table(people=people, days=days)
    districts = max(1, round(rows / len(city)))
    columns = ", ".join(
        f"cast({MADE.get(name, name)} as {kind}) as {name}"
        for name, kind in tables()["events"].columns.items()
    )
    with duckdb.connect() as con, run_staging(lake, RUN):
        con.execute("set timezone = 'UTC'")
        con.execute("set threads = 2")
        con.register("simulated", city)
        con.execute("create table city as select * from simulated")
        found = con.execute(
            "select distinct cast(event_at as date) from city order by 1"
        ).fetchall()
        made = [row[0] for row in found]
        for day in made:
            path = lake.staged_file(RUN, "events", day_partition(day))
            con.execute(
                f"copy (select {columns} from city, range({districts}) as districts (district)"
                f" where cast(event_at as date) = date '{day}')"
                f" to {sql_text(str(path))} (format parquet, compression zstd)"
            )

        def one(day: date) -> int:
            return publish(lake, RUN, "events", day_partition(day), code_hash=RUN).rows

        with ThreadPoolExecutor(PUBLISHERS) as pool:
            return sum(pool.map(one, made)), made
