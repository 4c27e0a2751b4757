"""Small good tables of every boundary, as SQL, and one way to spoil a row of them.

Belongs here: rows. Does not belong here: what is expected of them.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from models_ml.columns import BASELINES, EVENT_BASELINES, FEATURE_COLUMNS, RERANKED

EVENTS = """
select date '2024-03-05' as day, 'e' || i as event_id, 'u' || i % 3 as user_id,
    case when i = 5 then 'search' else 'check_in' end as event_type,
    timestamptz '2024-03-05 10:00:00+00' + to_minutes(i) as event_at,
    timestamptz '2024-03-05 12:00:00+00' as received_at,
    case when i = 5 then null else 'p' || i % 4 end as item_id, 'cafe' as category,
    40.7 as latitude, -74.0 as longitude, 'America/New_York' as time_zone,
    -300 as utc_offset_minutes, 's1' as session_id, 30.0 as dwell_seconds, 9.5 as amount,
    4.0 as rating, null::varchar as query, 'demo' as source, '{}' as extra, 'f00' as file_id,
    i as line_number, i * 100 as byte_offset, i::ubigint as event_key, 'b' || i as body_hash,
    false as is_suspect_swap, false as is_late
from range(1, 9) as numbers (i)
"""
LEDGER = """
select 'f' || i as file_id, 'demo' as source, 'events' as format, 'r1' as run_id,
    timestamptz '2024-03-05 12:00:00+00' as received_at, 100 as lines, 80 as accepted,
    5 as late_accepted, 5 as duplicate, 2 as conflict, 8 as quarantined, 0 as suppressed
from range(3) as numbers (i)
"""
_FEATURES = ", ".join(f"0.5::double as {name}" for name in FEATURE_COLUMNS)
# Six weeks of ten events a day, one person.
SEQUENCES = f"""
select 'u1' as user_id, i as position, 'e' || i as event_id,
    timestamptz '2024-01-01 00:00:00+00' + to_hours(i * 2) as event_at,
    0 as utc_offset_minutes, 3 as local_hour, 1 as weekday, false as is_weekend,
    false as is_holiday, 'p' || i % 7 as item_id, 'cafe' as category, 'check_in' as event_type,
    40.7 as latitude, -74.0 as longitude, '892a1008003ffff' as h3_r9,
    case when i > 0 then 7200.0 end as gap_seconds, case when i > 0 then 10.0 end as distance_m,
    case when i < 400 then 'train' when i < 450 then 'val' else 'test' end as split,
    null::varchar as item_name, 'coffee' as query, null::varchar as review, {_FEATURES}
from range(504) as numbers (i)
"""
_ANSWER = (
    "timestamptz '2024-03-05 00:00:00+00' as as_of, 'v1' as model_version, 'blend' as model_source"
)
NEXT_PLACES = f"""
select 'u' || u as user_id, r as rank, 'p' || r as item_id, 0.5 / r as probability,
    40.7 as latitude, -74.0 as longitude, null::timestamptz as predicted_for, {_ANSWER}
from range(3) as users (u), range(1, 4) as ranks (r)
"""
NEXT_EVENTS = f"""
select 'u' || u as user_id, event_type, probability, {_ANSWER}
from range(3) as users (u),
    (values ('click', 0.25), ('purchase', 0.75)) as t (event_type, probability)
"""
RECOMMENDATIONS = f"""
select 'u' || u as user_id, r as rank, 'p' || r as item_id, 1.0::double / r as score,
    'visited 3 times' as reason, r = 2 as is_new_to_user, {_ANSWER}
from range(3) as users (u), range(1, 4) as ranks (r)
"""
EXPLANATIONS = """
select 'u' || u as user_id, 'p1' as item_id, 1 as rank, 'e' || u as event_id,
    0.4::double as weight, 'check_in was at p1' as text
from range(3) as users (u)
"""
_SCORED = ", ".join(
    [f"('next_place', '{name}')" for name in (*BASELINES, "st_transformer")]
    + [f"('next_event_type', '{name}')" for name in EVENT_BASELINES]
    + [f"('recommendation', '{name}{how}')" for name in BASELINES for how in ("", RERANKED)]
)
EVALUATION = f"""
select model, task, 'test' as split, 'all' as segment, metric,
    case when metric = 'users' then 10 else 0.3 end as value,
    case when metric = 'acc@1' then 0.2 end as ci_low,
    case when metric = 'acc@1' then 0.4 end as ci_high, 50 as n
from (values {_SCORED}) as scored (task, model),
    (values ('acc@1'), ('coverage@5'), ('users')) as m (metric)
"""
CORRELATIONS = """
select kind, subject_a, subject_b, lag as lag_hours, 0.5::double as statistic, 0.01 as p_value,
    0.02 as q_value, 500 as n, 1.5::double as effect
from (values ('lagged', 'event_type:search', 'event_type:purchase', 2),
    ('pearson', 'cell:89a', 'cell:89b', 0),
    ('calendar', 'event_type:search', 'calendar:weekend', 0),
    ('space_time', 'space:distance_km', 'local_hour:17', 0)) as t (kind, subject_a, subject_b, lag)
"""
ACTIVITY_DAYS = """
select timestamp '2024-03-05' + to_days(i) as day, event_type,
    case when i = 0 then 12 end as events, case when i = 0 then 12 end as users,
    false as is_weekend, false as is_holiday, '' as holiday_name
from range(2) as days (i), (values ('search'), ('purchase')) as t (event_type)
"""
ACTIVITY_HOURS = """
select event_type, weekday, hour, width, events, 12 as users
from (values ('all', 0, 0, 24, 24), ('all', 2, 16, 2, 24), ('search', 0, 17, 1, 12))
    as t (event_type, weekday, hour, width, events)
"""
ACTIVITY_CELLS = """
select event_type, cell, resolution, timestamp '2024-03-04' as first_day, 7 as days, 20 as events,
    12 as users
from (values ('search', '89a', 9), ('purchase', '88b', 8)) as t (event_type, cell, resolution)
"""
HOT_SPOTS = """
select cell, resolution, event_type, class, 2.5::double as z_last, -0.2::double as trend,
    0.01::double as p_value, 0.03::double as q_value, 1 as bin_days, 60 as n_bins,
    300 as n_events, 11 as n_people
from (values ('88a', 8, 'search', 'historical_hot'), ('87b', 7, 'purchase', 'none'))
    as t (cell, resolution, event_type, class)
"""
FLOWS = """
select timestamp '2024-02-28' as week, kind, cell, to_cell, 9 as resolution, 12 as n_people,
    20 as moves, degree, pagerank, pagerank as betweenness, community,
    null::double as pagerank_change, community as community_before
from (values ('edge', '89a', '89b', null, null, null), ('node', '89a', null, 1, 0.4::double, 0),
    ('node', '89b', null, 1, 0.6::double, 0))
    as t (kind, cell, to_cell, degree, pagerank, community)
"""
CLUSTERS = """
select timestamp '2024-02-28' as week, 0 as cluster, 40.7 as latitude, -74.0 as longitude,
    0.2::double as radius_km, 0.5::double as reach_km, 3 as n_cells, 12 as n_people,
    20 as n_visits, 0.3::double as share, 0.1::double as moved_km, 45.0::double as bearing
"""
EVOLUTION = """
select kind, subject, period, value, low, high, p_value, p_value as q_value, 12 as n,
    11 as n_people
from (values
    ('moran', 'all', timestamp '2024-02-28', 0.3::double, null::double, null::double, 0.01::double),
    ('cluster_speed', 'cluster:0', null, 0.2, 0.1, 0.3, 0.04),
    ('retention', 'cohort:2024-02-21', timestamp '2024-02-28', 0.5, 0.4, 0.6, null))
    as t (kind, subject, period, value, low, high, p_value)
"""
SEASONALITY = """
select subject, period as period_hours, 0.5::double as strength, 0.2::double as trend_strength,
    6 as peak, 0.3::double as peak_share, 0.4::double as autocorrelation, 0.2::double as statistic,
    0.01::double as p_value, 0.02::double as q_value, 60 as n
from (values ('event_type:search', 24), ('event_type:search', 168), ('category:shop', 24),
    ('cell:89a', 24)) as t (subject, period)
"""
CHANGES = """
select kind, subject, day::timestamp as day, 0.4::double as effect, 0.1::double as low,
    0.8::double as high, 0.01::double as p_value, 0.02::double as q_value, 60 as n
from (values ('change_point', 'cell:89a', '2024-03-05'), ('holiday', 'event_type:search', null),
    ('pay_day', 'category:shop', null)) as t (kind, subject, day)
"""
FORECASTS = """
select cell, event_type, 'ets' as model, date '2024-05-01' + d::int as day, 5.0::double as mean,
    2.0::double as low, 9.0::double as high, 0.8::double as mase, 0.9::double as naive_mase,
    0.9::double as coverage, 6 as n_origins, 0.1::double as gain, 0.02::double as gain_p,
    0.04::double as gain_q
from (values ('all', 'search'), ('89a', 'search'), ('89b', 'purchase')) as t (cell, event_type),
    range(7) as days (d)
"""
# Twelve people in every group.
PEOPLE = """
select 'u' || u as user_id, event_type, h3_r9, 17 as local_hour, 2 as weekday,
    'shop' as category, 40.7 as latitude, -74.0 as longitude,
    date '2024-03-05' as day, timestamptz '2024-03-05 17:00:00+00' + to_minutes(step) as event_at,
    step::ubigint as event_key,
    replace(h3_r9, '89', '88') as h3_r8, replace(h3_r9, '89', '87') as h3_r7
from range(12) as users (u),
    (values ('search', '89a', 1), ('purchase', '89b', 2)) as t (event_type, h3_r9, step)
"""


def write(path: Path, query: str) -> Path:
    """Write a query's rows as Parquet."""
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        con.execute(f"copy ({query}) to '{path}' (format parquet)")
    return path


def spoil(good: str, column: str, value: str, rows: int = 1) -> str:
    """The good rows, with an SQL value in a column of the first ones."""
    return (
        f"select * exclude (n_) replace (case when n_ <= {rows} then {value} else {column} end"
        f" as {column}) from (select *, row_number() over () as n_ from ({good}))"
    )


def twice(good: str) -> str:
    """The good rows and the first of them once more."""
    return f"select * from ({good}) union all by name (select * from ({good}) limit 1)"


def spoil_with_each(good: str, column: str, values: list[str]) -> str:
    """The good rows, and the first of them once more with each SQL value (doubles) in a column."""
    as_double = f"select * replace ({column}::double as {column}) from ({good})"
    return (
        f"select * from ({as_double}) union all by name"
        f" select * exclude (value_) replace (value_ as {column})"
        f" from (select * from ({as_double}) limit 1),"
        f" (select unnest([{', '.join(values)}]) as value_)"
    )
