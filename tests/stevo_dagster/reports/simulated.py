"""Simulated cities as the view fct_events, without dirt or cleaning, for tests of what is found.

Belongs here: the connection and what the truth says of it. Does not belong here: any expectation.
"""

from __future__ import annotations

from functools import lru_cache

import duckdb
import h3
import pyarrow as pa

from stevo_dagster.sources.simulator import simulate_table


@lru_cache(maxsize=4)
def _city(people: int, days: int, seed: int, null: bool) -> pa.Table:
    return simulate_table(people=people, days=days, seed=seed, null=null)


def connected(
    seed: int, *, people: int = 300, days: int = 60, null: bool = False, where: str = "true"
) -> duckdb.DuckDBPyConnection:
    """A connection whose fct_events are a simulated city's."""
    con = duckdb.connect()
    con.execute("set timezone = 'UTC'")
    con.register("city", _city(people, days, seed, null))
    points = con.execute("select distinct latitude, longitude from city").df().dropna()
    for resolution in (9, 8, 7):
        points[f"h3_r{resolution}"] = [
            h3.latlng_to_cell(latitude, longitude, resolution)
            for latitude, longitude in zip(points["latitude"], points["longitude"], strict=True)
        ]
    con.register("points", points)
    con.execute(
        "create table fct_events as select user_id, event_id, item_id, event_type, category,"
        " latitude, longitude, event_at, event_at::date as day,"
        " hour(event_at - interval 5 hour) as local_hour,"
        " isodow(event_at - interval 5 hour) as weekday,"
        " row_number() over (order by event_at, event_id)::ubigint as event_key,"
        " h3_r9, h3_r8, h3_r7 from city left join points using (latitude, longitude)"
        f" where {where}"
    )
    return con
