"""The shared tables of activity: events and people by day, hour and place, never fewer than k.

Here belong the queries and how coarse a group must be before it may be shown. Report and explorer
read these tables and no person's rows. What the tables mean:

- ``activity_days`` [day x event_type]: events and users of a UTC day, null where fewer than k
  people are behind them, and the calendar.
- ``activity_hours`` [event_type x weekday x block of local hours]: weekday 1 is Monday, 0 any. Type
  ``all`` by weekday, every type by itself on any weekday, and one row of everything.
- ``activity_cells`` [event_type x cell x period]: groups do not overlap, so none can be had by
  taking one from another. Periods are whole weeks, or wider, that begin on fixed Mondays: a newer
  release adds periods and leaves the older ones as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import h3
import pandas as pd

from stevo_dagster.reports.contracts import ACTIVITY_TYPES
from stevo_dagster.reports.people import anonymous_hours

if TYPE_CHECKING:
    import duckdb

CELL_TYPES = ACTIVITY_TYPES["activity_cells"]
ALL, ANY_WEEKDAY = "all", 0
# From the narrowest: days of a period, and the resolution that its cells begin with.
PERIODS = (7, 14, 28, 91)
RESOLUTIONS = (9, 8, 7)
POOLED_LEVELS = 2
LEAST_SHARE = 0.5
MOST_ROWS = 60_000

# Kinds of event that fewer than k people have are in no table: they could be had from its sums.
KNOWN = """
create or replace temp table happened as
select day, user_id, weekday, local_hour, event_type, h3_r9
from fct_events
where event_type in (
    select event_type from fct_events group by event_type having count(distinct user_id) >= {k}
)
"""
DAYS = """
with

counted as (
    select day, event_type, count(*) as events, count(distinct user_id) as users
    from happened
    group by all
)

select
    agg_calendar.day,
    types.event_type,
    case when users >= {k} then events end as events,
    case when users >= {k} then users end as users,
    is_weekend,
    is_holiday,
    coalesce(holiday_name, '') as holiday_name
from (select day, is_weekend, is_holiday, holiday_name from agg_calendar) as agg_calendar
cross join (select distinct event_type from happened) as types
left join counted using (day, event_type)
order by all
"""
PERSON_HOURS = """
select user_id, weekday, local_hour, event_type, count(*) as events
from happened
group by all
order by all
"""
# A period that is not over yet is left out: it would change with the next release.
VISITS = """
create or replace temp table visited as
with

bounds as (
    select max(day) as newest from happened
),

cut as (
    select
        event_type,
        user_id,
        h3_r9,
        date '1970-01-05'
        + ((day - date '1970-01-05') // {days} * {days})::integer as first_day
    from happened
    where h3_r9 is not null
)

select event_type, user_id, h3_r9, first_day, count(*) as events
from cut
cross join bounds
group by event_type, user_id, h3_r9, first_day, newest
having first_day + {days} - 1 <= newest
"""
GROUPS = """
select event_type, first_day, parent as cell, sum(events)::bigint as events,
    count(distinct user_id) as users
from {visited}
join parents using (h3_r9)
group by all
having count(distinct user_id) >= {k}
"""
REST = """
create or replace temp table rest as
select visited.* from {visited} as visited
join parents using (h3_r9)
anti join shown on shown.cell = parents.parent
    and shown.event_type = visited.event_type and shown.first_day = visited.first_day
"""
PLACED = "select count(*) from happened where h3_r9 is not null"


def read_activity(connection: duckdb.DuckDBPyConnection, *, k: int = 10) -> dict[str, pd.DataFrame]:
    """The three tables by name.

    Args:
        connection: has the views fct_events and agg_calendar; temporary tables are made in it.
        k: fewest distinct people of a group.
    """
    connection.execute(KNOWN.format(k=int(k)))
    days = connection.execute(DAYS.format(k=int(k))).df()
    return {
        "activity_days": days.astype(ACTIVITY_TYPES["activity_days"]),
        "activity_hours": hour_groups(connection.execute(PERSON_HOURS).df(), k),
        "activity_cells": cell_groups(connection, k),
    }


def hour_groups(person_hours: pd.DataFrame, k: int) -> pd.DataFrame:
    """The table ``activity_hours`` of events by person, weekday, local hour and type."""
    week = anonymous_hours(person_hours, ["weekday"], k).assign(event_type=ALL)
    by_type = [
        anonymous_hours(of_type, ["event_type"], k).assign(weekday=ANY_WEEKDAY)
        for _, of_type in person_hours.groupby("event_type", observed=True)
    ]
    people = person_hours["user_id"].nunique()
    everything = {
        "event_type": [ALL], "weekday": [ANY_WEEKDAY], "hour": [0], "width": [24],
        "events": [person_hours["events"].sum()], "users": [people],
    }  # fmt: skip
    whole = pd.DataFrame(everything)
    whole = whole[whole["users"] >= k]
    # Empty parts say nothing of types, and would turn whole numbers into objects.
    parts = [part for part in (whole, week, *by_type) if len(part)]
    frame = pd.concat(parts, ignore_index=True) if parts else whole
    types = ACTIVITY_TYPES["activity_hours"]
    return frame[list(types)].astype(types)


def cell_groups(connection: duckdb.DuckDBPyConnection, k: int) -> pd.DataFrame:
    """The table ``activity_cells``: the narrowest period and finest cells that hold enough events.

    A cut is taken when half of the placed events lie in cells of k people at its own resolution;
    what is left of smaller cells is pooled in their parents, twice, and then dropped. Where no cut
    holds half, the one that holds most is taken.
    """
    placed = _number(connection, PLACED)
    best, best_share = _frame([]), 0.0
    for days in PERIODS if placed else ():
        connection.execute(VISITS.format(days=days))
        for resolution in RESOLUTIONS:
            found = _pooled(connection, resolution, k)
            share = found.loc[found["resolution"] == resolution, "events"].sum() / placed
            if share > best_share and len(found) <= MOST_ROWS:
                best, best_share = found.assign(days=days), float(share)
            if best_share >= LEAST_SHARE:
                return _ordered(best)
    return _ordered(best)


def _pooled(connection: duckdb.DuckDBPyConnection, resolution: int, k: int) -> pd.DataFrame:
    """Groups of k people at ``resolution``, and of what is left at the two coarser levels."""
    shown, visited = [], "visited"
    for level in range(resolution, resolution - POOLED_LEVELS - 1, -1):
        _name_parents(connection, level)
        groups = connection.execute(GROUPS.format(visited=visited, k=int(k))).df()
        shown.append(groups.assign(resolution=level))
        connection.register("shown", groups)
        connection.execute(REST.format(visited=visited))
        connection.unregister("shown")
        visited = "rest"
    return pd.concat(shown, ignore_index=True)


def _name_parents(connection: duckdb.DuckDBPyConnection, level: int) -> None:
    """The temporary table ``parents``: each visited cell and its parent at ``level``."""
    cells = connection.execute("select distinct h3_r9 from visited order by all").df()["h3_r9"]
    named = pd.DataFrame(
        {
            "h3_r9": cells.astype("str"),
            "parent": pd.Series([h3.cell_to_parent(cell, level) for cell in cells], dtype="str"),
        }
    )
    connection.register("named", named)
    connection.execute("create or replace temp table parents as select * from named")
    connection.unregister("named")


def _number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    """The only value of a query."""
    found = connection.execute(query).fetchone()
    assert found is not None
    return int(found[0])


def _frame(rows: list[dict[str, object]]) -> pd.DataFrame:
    """Rows as a frame with the table's columns."""
    return pd.DataFrame(rows, columns=list(CELL_TYPES)).astype(CELL_TYPES)


def _ordered(found: pd.DataFrame) -> pd.DataFrame:
    """The table in its order, columns and types."""
    order = ["first_day", "event_type", "resolution", "cell"]
    frame = found[list(CELL_TYPES)].astype(CELL_TYPES)
    return frame.sort_values(order, ignore_index=True)
