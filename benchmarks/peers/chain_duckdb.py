"""The cleaning chain as plain DuckDB SQL: every day in one pass, with no dbt and no publication.

Run: `python -m benchmarks.peers.chain_duckdb OUT FILE...`. Reads files of `events`, writes the
tables of the chain below OUT, one Parquet file a day, and prints seconds by table as JSON.

Belongs here: SQL that gives the rows of `int_events_clean`, `int_moves` and `int_sessions`, with
all their columns. Does not belong here: anything that knows days, steps or tests.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import duckdb

from stevo_dagster.lake import sql_text
from stevo_dagster.settings import DBT_PROJECT_DIR
from stevo_dagster.warehouse.cells import register
from stevo_dagster.warehouse.tables import tables

MEMORY, THREADS = "3GB", 2
CONTENT = (
    "source, event_type, item_id, category, latitude, longitude, time_zone, utc_offset_minutes,"
    " session_id, dwell_seconds, amount, rating, query, extra"
)
DISTANCE = """case when {0} + {1} + {2} + {3} is not null then 2 * 6371008.8 * asin(sqrt(least(1.0,
    pow(sin(radians({2} - {0}) / 2), 2) + cos(radians({0})) * cos(radians({2}))
    * pow(sin(radians({3} - {1}) / 2), 2)))) end"""
PRECISION = """case when epoch_us({0}) % 86400000000 = 0 then 86400
    when epoch_us({0}) % 3600000000 = 0 then 3600
    when epoch_us({0}) % 60000000 = 0 then 60 else 1 end"""
PARENT = (
    "'8{0}' || lpad(format('{{:x}}', cast('0x' || substr(h3_r9, 3) as ubigint)"
    " | {1}::ubigint), 13, '0')"
)
BEFORE = "(epoch_us(event_at) - epoch_us(previous_at)) / 1e6"

KEPT = f"""
create temp table kept as
with hashed as (select *, hash({CONTENT}) as content from events),
copies as (
    select user_id, event_at, content, min(event_key) as event_key
    from hashed group by all having count(*) > 1
),
single as (
    select hashed.* exclude (content)
    from hashed left join copies using (user_id, event_at, content)
    where coalesce(copies.event_key = hashed.event_key, true)
),
paired as (
    select *,
        lag(event_at) over by_user as previous_at, lag(day) over by_user as previous_day,
        lag(latitude) over by_user as latitude_0, lag(longitude) over by_user as longitude_0
    from single window by_user as (partition by user_id order by event_at, event_key)
),
measured as (
    select *,
        case when {BEFORE} <= 604800 then {BEFORE} end as gap_seconds,
        case when {BEFORE} <= 604800
            then {DISTANCE.format("latitude_0", "longitude_0", "latitude", "longitude")}
        end as distance_m,
        {BEFORE} + greatest({PRECISION.format("previous_at")}, {PRECISION.format("event_at")})
            as longest_gap
    from paired
),
gaps as (
    select user_id, day, round(gap_seconds, 1) as gap, count(*) as number
    from measured where day = previous_day and gap_seconds > 0 group by all
),
bots as (
    select user_id, day from gaps group by all
    having max(number) filter (where gap <= 60) >= greatest(40, 0.5 * sum(number))
    union
    select user_id, day from events group by all having count(*) > 2000
)
select * exclude (previous_at, previous_day, latitude_0, longitude_0, longest_gap),
    distance_m / longest_gap * 3.6 as speed_kmh
from measured anti join bots using (user_id, day)
where not coalesce(distance_m > 1000 and distance_m * 3.6 > longest_gap * 900, false)
"""

CLEAN = f"""
create temp table clean as
with lacking as (
    select distinct item_id, day from kept
    where item_id is not null and (category is null or latitude is null)
),
told as (
    select item_id, day,
        max(struct_pack(a := event_at, k := event_key, category := category))
            filter (where category is not null) as newest,
        min(latitude) as south, max(latitude) as north, min(longitude) as west,
        max(longitude) as east, min(user_id) filter (where latitude is not null) as first_user,
        max(user_id) filter (where latitude is not null) as last_user
    from events
    where item_id in (select item_id from lacking)
        and (category is not null or latitude is not null)
    group by all
),
items as (
    select lacking.item_id, lacking.day, max(newest).category as item_category,
        case when min(south) = max(north) and min(west) = max(east)
            and min(first_user) <> max(last_user) then min(south) end as item_latitude,
        min(west) as item_longitude
    from lacking inner join told
        on lacking.item_id = told.item_id and told.day between lacking.day - 7 and lacking.day
    group by all
),
filled as (
    select kept.* replace (
            coalesce(category, item_category, 'unknown') as category,
            coalesce(latitude, item_latitude) as latitude,
            coalesce(longitude, case when item_latitude is not null then item_longitude end)
                as longitude,
            coalesce(dwell_seconds, case event_type when 'click' then 20 when 'browse' then 45
                when 'search' then 15 when 'cart' then 20 when 'purchase' then 60
                when 'review' then 120 when 'favourite' then 5 when 'check_in' then 1800 end)
                as dwell_seconds,
            zones.time_zone as time_zone
        ),
        category is null as is_imputed_category,
        latitude is null and item_latitude is not null as is_imputed_location,
        dwell_seconds is null as is_imputed_dwell,
        zones.time_zone is null and utc_offset_minutes is null as is_imputed_time_zone,
        case when zones.time_zone is not null then timezone(zones.time_zone, event_at)
            when utc_offset_minutes is not null
                then timezone('UTC', event_at) + utc_offset_minutes * interval 1 minute
            else timezone('America/New_York', event_at) end as local_at,
        coalesce(zones.country, 'US') as country
    from kept left join items using (item_id, day)
    left join zones on kept.time_zone = zones.time_zone
),
cells as (
    select latitude, longitude, h3_r9(latitude, longitude) as h3_r9
    from (select distinct latitude, longitude from filled where latitude is not null)
)
select filled.* replace (
        cast(date_diff('minute', timezone('UTC', event_at), local_at) as integer)
            as utc_offset_minutes
    ),
    cast(local_at as date) as local_date,
    cast(hour(local_at) as integer) as local_hour,
    cast(isodow(local_at) as integer) as weekday,
    isodow(local_at) >= 6 as is_weekend,
    holiday_name is not null as is_holiday,
    holiday_name,
    h3_r9,
    {PARENT.format(8, 7 << 18)} as h3_r8,
    {PARENT.format(7, 63 << 18)} as h3_r7
from filled left join cells using (latitude, longitude)
left join holidays
    on filled.country = holidays.country and cast(local_at as date) = holidays.holiday_on
"""

MOVES = f"""
create temp table moves as
with paired as (
    select day, user_id, event_id as to_event_id, event_key as to_event_key, event_at as to_at,
        item_id as to_item_id, h3_r9 as to_h3_r9, latitude, longitude,
        lag(event_id) over by_user as from_event_id, lag(event_at) over by_user as from_at,
        lag(item_id) over by_user as from_item_id, lag(h3_r9) over by_user as from_h3_r9,
        lag(latitude) over by_user as latitude_0, lag(longitude) over by_user as longitude_0
    from clean window by_user as (partition by user_id order by event_at, event_key)
),
measured as (
    select *, (epoch_us(to_at) - epoch_us(from_at)) / 1e6 as gap_seconds,
        {DISTANCE.format("latitude_0", "longitude_0", "latitude", "longitude")} as distance_m
    from paired
)
select *, case when gap_seconds > 0 then distance_m / gap_seconds * 3.6 end as speed_kmh
from measured where gap_seconds <= 604800
"""

SESSIONS = """
create temp table sessions as
with paired as (
    select *, lag(event_at) over (partition by user_id order by event_at, event_key) as previous_at
    from clean
),
begun as (
    select *, max(case when previous_at is null or event_at - previous_at > interval 30 minute
            then event_at end) over (partition by user_id order by event_at, event_key) as begun_at
    from paired
),
pieces as (
    select *, case when event_at - begun_at < interval 24 hour then begun_at
        else timezone('UTC', cast(day as timestamp)) end as piece_at
    from begun
),
made as (
    select user_id, piece_at, min(event_at) as started_at, max(event_at) as ended_at,
        count(*) as events, count(distinct item_id) as distinct_items,
        first(h3_r9 order by event_at, event_key) filter (where h3_r9 is not null) as first_h3_r9,
        last(h3_r9 order by event_at, event_key) filter (where h3_r9 is not null) as last_h3_r9,
        count(*) filter (where event_type = 'purchase') as purchases,
        coalesce(cast(sum(cast(amount as decimal(28, 6)))
            filter (where event_type = 'purchase') as double), 0.0) as amount
    from pieces group by all
)
select *, cast(ended_at + interval 30 minute as date) as day,
    md5(user_id || '|' || epoch_us(piece_at)) as session_key,
    (epoch_us(ended_at) - epoch_us(started_at)) / 1e6 as duration_seconds
from made
where cast(ended_at + interval 30 minute as date) <= (select max(day) from clean)
"""

STEPS = (
    ("int_events_clean", "clean", (KEPT, CLEAN)),
    ("int_moves", "moves", (MOVES,)),
    ("int_sessions", "sessions", (SESSIONS,)),
)


def run(out: Path, files: Sequence[str]) -> dict[str, float]:
    """Make and write the tables; seconds by table, its writing included."""
    con = duckdb.connect()
    register(con)
    spill = out / "spill"
    con.execute(f"set memory_limit = '{MEMORY}'; set threads = {THREADS}; set timezone = 'UTC'")
    con.execute(
        f"set temp_directory = {sql_text(str(spill))}; set preserve_insertion_order = false"
    )
    for name, seed in (("zones", "time_zones"), ("holidays", "holidays")):
        path = str(DBT_PROJECT_DIR / "seeds" / f"{seed}.csv")
        con.execute(f"create table {name} as from read_csv({sql_text(path)})")
    listed = ", ".join(map(sql_text, files))
    con.execute(f"create view events as from read_parquet([{listed}], hive_partitioning = false)")
    seconds = {}
    for table, made, statements in STEPS:
        began = time.perf_counter()
        for statement in statements:
            con.execute(statement)
        _write(con, out, table, made)
        seconds[table] = time.perf_counter() - began
    return seconds


def _write(con: duckdb.DuckDBPyConnection, out: Path, table: str, made: str) -> None:
    columns = ", ".join(tables()[table].columns)
    for (day,) in con.execute(f"select distinct day from {made}").fetchall():
        folder = out / table / f"day={day}"
        folder.mkdir(parents=True)
        con.execute(
            f"copy (select {columns} from {made} where day = date '{day}')"
            f" to {sql_text(str(folder / 'part-0.parquet'))} (format parquet, compression zstd)"
        )


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]), sys.argv[2:])))
