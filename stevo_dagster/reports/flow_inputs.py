"""What ``flows`` is made from: moves between cells in a week that k people made.

Belongs here: the queries and the choice of how fine the cells are. Does not belong here: measures
of the network (``models_ml.patterns.spatial``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from models_ml.patterns.spatial.contracts import FLOWS
from models_ml.patterns.spatial.flows import flows
from models_ml.patterns.spatial.grid import WEEK, Grid, choose
from stevo_dagster.reports.weeks import make_weekly

if TYPE_CHECKING:
    import duckdb

RESOLUTIONS = (9, 8, 7)
# a move joins two consecutive events with a place, both in the week
EDGES = """
create or replace temp table edges as
with
steps as (
    select
        user_id,
        week,
        lag(h3_r{resolution}) over by_user as cell,
        h3_r{resolution} as to_cell
    from weekly
    where h3_r{resolution} is not null
    window by_user as (partition by user_id, week order by event_at, event_key)
)
select week, cell, to_cell, count(distinct user_id) as n_people, count(*) as moves
from steps
where cell <> to_cell
group by all
"""
KEPT = "select coalesce(sum(moves) filter (where n_people >= $k) / sum(moves), 0) from edges"
NODES = """
with known as (
    select week, unnest([cell, to_cell]) as cell
    from edges
    where n_people >= $k
)
select week, cell, count(distinct user_id) as n_people
from (select user_id, week, h3_r{resolution} as cell from weekly)
semi join known using (week, cell)
group by all
order by all
"""


def read_flows(connection: duckdb.DuckDBPyConnection, k: int) -> pd.DataFrame:
    """The published table ``flows``; empty without coordinates or where no k people go one way.

    Args:
        connection: has the view fct_events; temporary tables are made in it.
        k: edges of fewer distinct people count as none.
    """
    weeks = make_weekly(connection)
    shares = []
    for resolution in RESOLUTIONS:
        connection.execute(EDGES.format(resolution=resolution))
        (share,) = connection.execute(KEPT, {"k": k}).fetchall()[0]
        shares.append((Grid(resolution, WEEK, weeks), float(share)))
    chosen = choose(shares)
    if chosen is None:
        return FLOWS.table([])
    resolution = chosen.resolution
    connection.execute(EDGES.format(resolution=resolution))
    edges = connection.execute(
        "select * from edges where n_people >= $k order by week, cell, to_cell", {"k": k}
    ).df()
    nodes = connection.execute(NODES.format(resolution=resolution), {"k": k}).df()
    return flows(edges, nodes, resolution)
