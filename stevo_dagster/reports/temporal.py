"""From the marts to ``seasonality``, ``changes`` and ``forecasts``: which groups are asked about.

Here belong SQL and k-anonymity.  The statistics live in ``models_ml.patterns``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from models_ml.patterns.forecasting.forecasts import forecasts
from models_ml.patterns.temporal.changes import changes
from models_ml.patterns.temporal.hourly import hourly_series
from models_ml.patterns.temporal.local_dates import daily_series
from models_ml.patterns.temporal.seasonality import seasonality

if TYPE_CHECKING:
    import duckdb

# Of each kind of subject, those with the most events.
MAX_SUBJECTS = 20
SUBJECT_HOURS = """
with events as (
    unpivot (
        select
            user_id,
            date_trunc('hour', event_at) as hour_at,
            local_hour,
            weekday,
            event_type::varchar as event_type,
            category::varchar as category,
            h3_r9::varchar as cell
        from fct_events
    )
    on event_type, category, cell into name kind value named
),

known as (
    select kind, named
    from events
    group by kind, named
    having count(distinct user_id) >= $k
    qualify row_number() over (partition by kind order by count(*) desc, named) <= $most
)

select
    kind || ':' || named as subject,
    hour_at,
    min(local_hour) as local_hour,
    min(weekday) as weekday,
    count(*) as events
from events
semi join known using (kind, named)
group by subject, hour_at
order by subject, hour_at
"""
CALENDAR_DAYS = "select day from agg_calendar order by day"
HOLIDAYS = "select day from agg_calendar where is_holiday order by day"
SERIES_DAYS = """
with events as (
    select user_id, day, event_type, unnest(['all', h3_r9]) as cell
    from fct_events
    where day > (select min(day) from fct_events) and day < (select max(day) from fct_events)
),

known as (
    select cell, event_type
    from events
    where cell is not null
    group by all
    having count(distinct user_id) >= $k
)

select cell, event_type, day, count(*) as events
from events
semi join known using (cell, event_type)
group by all
order by all
"""


def read_seasonality(connection: duckdb.DuckDBPyConnection, *, k: int = 10) -> pd.DataFrame:
    """The published table ``seasonality`` of event types, categories and cells of ``k`` people.

    ``connection`` has the views fct_events and agg_calendar.
    """
    hours = connection.execute(SUBJECT_HOURS, {"k": k, "most": MAX_SUBJECTS}).df()
    days = connection.execute(CALENDAR_DAYS).df()
    if not len(hours):
        days = pd.DataFrame({"day": ["1970-01-01"]})
    return seasonality(hourly_series(hours, days, "subject"))


def read_changes(connection: duckdb.DuckDBPyConnection, *, k: int = 10) -> pd.DataFrame:
    """The published table ``changes`` of event types, categories and cells of ``k`` people.

    ``connection`` has the views fct_events and agg_calendar.
    """
    hours = connection.execute(SUBJECT_HOURS, {"k": k, "most": MAX_SUBJECTS}).df()
    days = connection.execute(CALENDAR_DAYS).df()
    if not len(hours):
        days = pd.DataFrame({"day": ["1970-01-01"]})
    holidays = pd.DatetimeIndex(connection.execute(HOLIDAYS).df()["day"])
    series = hourly_series(hours, days, "subject")
    daily = daily_series(series, pd.Timestamp(days["day"].min()))
    return changes(daily, list(holidays))


def read_forecasts(connection: duckdb.DuckDBPyConnection, *, k: int = 10) -> pd.DataFrame:
    """The published table ``forecasts`` of event types, in all places and by cell.

    The first and the newest day are left out, for neither need be whole.  ``connection`` has the
    view fct_events.
    """
    return forecasts(connection.execute(SERIES_DAYS, {"k": k}).df())
