"""What patterns in space are made from: counts of the marts that k people stand behind.

Belongs here: the queries and the choice of how fine they cut. Does not belong here: any statistic
(``models_ml.patterns.spatial``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from models_ml.patterns.spatial.emerging import Counted, hot_spots
from models_ml.patterns.spatial.grid import Grid, candidates, choose

if TYPE_CHECKING:
    import duckdb

# Days are told from the newest: the last bin is whole, and what is left over is the oldest.
BINS = """
create or replace temp table binned as
with
aged as (
    select event_type, h3_r{resolution} as cell, user_id,
        date_diff('day', day, (select max(day) from fct_events)) as age
    from fct_events
    where h3_r{resolution} is not null
)
select event_type, cell, user_id, {bins} - 1 - age // {bin_days} as bin, count(*) as events
from aged
where age < {bins} * {bin_days}
group by all
"""
COUNTS = """
with
counted as (
    select event_type, cell, bin, sum(events)::bigint as events
    from binned
    group by all
    having count(*) >= {k}
),
people as (
    select event_type, cell, count(distinct user_id) as cell_people
    from binned
    semi join counted using (event_type, cell, bin)
    group by all
)
select event_type, cell, bin, events, cell_people
from counted
join people using (event_type, cell)
order by all
"""
TOTALS = "select event_type, sum(events)::bigint as events from binned group by all order by all"
UNIVERSE = """
select distinct h3_r{resolution} as cell
from fct_events
where h3_r{resolution} is not null
order by all
"""
DAYS = """
select coalesce(date_diff('day', min(day), max(day)) + 1, 0)
from fct_events
where h3_r9 is not null
"""


def read_hot_spots(connection: duckdb.DuckDBPyConnection, k: int) -> pd.DataFrame:
    """The published table ``hot_spots``; empty without coordinates or with less than ten days.

    Args:
        connection: has the view fct_events; a temporary table is made in it.
        k: cells and bins of fewer distinct people count as empty.
    """
    return hot_spots(count_types(connection, k))


def count_types(connection: duckdb.DuckDBPyConnection, k: int) -> list[Counted]:
    """Each event type, cut as finely as k people in its cells and bins allow, by name."""
    kept: dict[str, list[tuple[Grid, float]]] = {}
    counts: dict[tuple[str, Grid], pd.DataFrame] = {}
    for grid in candidates(_one_number(connection, DAYS)):
        for name, part, share in _counts(connection, grid, k):
            kept.setdefault(name, []).append((grid, share))
            counts[name, grid] = part
    chosen = {name: choose(shares) for name, shares in sorted(kept.items())}
    grids = {name: grid for name, grid in chosen.items() if grid is not None}
    universe = {
        resolution: connection.execute(UNIVERSE.format(resolution=resolution)).df()["cell"].tolist()
        for resolution in {grid.resolution for grid in grids.values()}
    }
    return [
        Counted(name, grid, counts[name, grid], universe[grid.resolution])
        for name, grid in grids.items()
    ]


def _counts(
    connection: duckdb.DuckDBPyConnection, grid: Grid, k: int
) -> list[tuple[str, pd.DataFrame, float]]:
    """Of each event type: its counts of at least k people, and their share of its events."""
    connection.execute(
        BINS.format(resolution=grid.resolution, bins=grid.bins, bin_days=grid.bin_days)
    )
    totals = connection.execute(TOTALS).df().set_index("event_type")["events"]
    counted = connection.execute(COUNTS.format(k=int(k))).df()
    parts = {str(name): part for name, part in counted.groupby("event_type")}
    empty = counted.head(0)
    return [
        (str(name), part := parts.get(str(name), empty), float(part["events"].sum() / total))
        for name, total in totals.items()
    ]


def _one_number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    """The only value of a query."""
    found = connection.execute(query).fetchone()
    assert found is not None
    return int(found[0])
