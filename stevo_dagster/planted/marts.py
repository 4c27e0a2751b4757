"""A simulated city's sound events as the marts that the reports read, in memory.

Belongs here: the columns of the marts that reports use, over events that need no cleaning. Does not
belong here: the warehouse's own models (`dbt_project/`), whose cleaning has tests of its own; forty
cities through them would take hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import h3

from stevo_dagster.settings import DBT_PROJECT_DIR
from stevo_dagster.warehouse import cells

POINTS = """
select distinct latitude, longitude, h3_r9(latitude, longitude) as h3_r9
from (select distinct latitude, longitude from read_parquet($file) where latitude is not null)
"""
EVENTS = """
create table fct_events as
with sound as (
    select *, timezone(time_zone, event_at) as local_at
    from read_parquet($file)
    where not list_contains($bots, user_id) and not list_contains($impossible, event_id)
)
select
    event_id,
    hash(event_id) as event_key,
    timezone('UTC', event_at)::date as day,
    user_id,
    event_type,
    event_at,
    item_id,
    coalesce(category, 'unknown') as category,
    latitude,
    longitude,
    hour(local_at)::integer as local_hour,
    isodow(local_at)::integer as weekday,
    h3_r9,
    h3_r8,
    h3_r7
from sound
left join points using (latitude, longitude)
"""
CELL_HOURS = """
create table agg_cell_hours as
select
    day,
    date_trunc('hour', event_at) as hour_at,
    first(local_hour order by event_at, event_id) as local_hour,
    first(weekday order by event_at, event_id) as weekday,
    h3_r9,
    event_type,
    count(*) as events,
    count(distinct user_id) as users
from fct_events
group by all
"""
CALENDAR = """
create table agg_calendar as
with holidays as (
    select holiday_on::date as day, holiday_name
    from read_csv($holidays, header = true)
    where country = $country
)
select
    day,
    count(*) as events,
    count(distinct user_id) as users,
    any_value(holiday_name) is not null as is_holiday,
    any_value(holiday_name) as holiday_name,
    isodow(day) >= 6 as is_weekend
from fct_events
left join holidays using (day)
group by day
"""


def city_marts(events: Path, truth: Mapping[str, Any]) -> duckdb.DuckDBPyConnection:
    """A connection that has fct_events, agg_cell_hours and agg_calendar of a simulated city.

    Args:
        events: the city's Parquet file, without dirt.
        truth: its truth, which names the bots and the impossible moves that are left out here.
    """
    con = duckdb.connect()
    con.execute("set timezone = 'UTC'")
    con.execute("set threads = 1")
    cells.register(con)
    points = con.execute(POINTS, {"file": str(events)}).df()
    for resolution in (8, 7):
        points[f"h3_r{resolution}"] = [h3.cell_to_parent(c, resolution) for c in points["h3_r9"]]
    con.register("points", points)
    cleaning = truth["cleaning"]
    teleports = cleaning["teleports"]
    con.execute(
        EVENTS,
        {
            "file": str(events),
            "bots": cleaning["bots"]["users"],
            "impossible": [*teleports["event_ids"], *teleports["next_event_ids"]],
        },
    )
    con.execute(CELL_HOURS)
    holidays = DBT_PROJECT_DIR / "seeds" / "holidays.csv"
    country = truth["parameters"]["country"]
    con.execute(CALENDAR, {"holidays": str(holidays), "country": country})
    return con
