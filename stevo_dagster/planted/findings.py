"""What the reports say of one city: the published tables, by the functions that assets call.

Belongs here: which tables, and the drift of check-ins that hot spots lead to. Does not belong here:
judging them against a truth (`kinds`, `families`).
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pandas as pd

from models_ml.patterns.spatial.drift import Drift, corridor, drift
from stevo_dagster.reports.flow_inputs import read_flows
from stevo_dagster.reports.inputs import read_correlations
from stevo_dagster.reports.spatial_inputs import read_hot_spots
from stevo_dagster.reports.temporal import read_changes, read_seasonality

K = 10
SUPPORTED = 0.05
WEEKLY = """
select user_id, h3_r{resolution} as cell, count(*) as events,
    {weeks} - 1 - date_diff('day', day, (select max(day) from fct_events)) // 7 as week
from fct_events
where event_type = 'check_in' and h3_r{resolution} in (select cell from area)
group by all
having week >= 0
order by all
"""
PLACES = """
select item_id, mode(h3_r9) as h3_r9, mode(h3_r8) as h3_r8, mode(h3_r7) as h3_r7
from fct_events
where event_type = 'check_in' and h3_r9 is not null
group by item_id
order by item_id
"""
WEEKS = "select date_diff('day', min(day), max(day) + 1) // 7 from fct_events"


@dataclass(frozen=True)
class Findings:
    """Published tables of one city, and where its items are.

    `drift` is None where no drift is supported; `places` (item_id, h3_r9, h3_r8, h3_r7) joins the
    truth, which names items, to the tables, which name cells.
    """

    correlations: pd.DataFrame
    seasonality: pd.DataFrame
    changes: pd.DataFrame
    hot_spots: pd.DataFrame
    drift: Drift | None
    flows: pd.DataFrame
    places: pd.DataFrame


def read_findings(con: duckdb.DuckDBPyConnection) -> Findings:
    """Everything the reports say of the city behind a connection (`marts.city_marts`)."""
    hot_spots = read_hot_spots(con, K)
    return Findings(
        correlations=read_correlations(con, k=K),
        seasonality=read_seasonality(con, k=K),
        changes=read_changes(con, k=K),
        hot_spots=hot_spots,
        drift=_drift(con, hot_spots),
        flows=read_flows(con, K),
        places=con.execute(PLACES).df(),
    )


def _drift(con: duckdb.DuckDBPyConnection, hot_spots: pd.DataFrame) -> Drift | None:
    """Where check-ins wander from fading to rising cells, if that is supported."""
    claims = hot_spots[(hot_spots["q_value"] < SUPPORTED) & (hot_spots["event_type"] == "check_in")]
    fading, rising = (claims.loc[claims["trend"] * way > 0, "cell"] for way in (-1, 1))
    if not len(fading) or not len(rising):
        return None
    found = con.execute(WEEKS).fetchone()
    assert found is not None
    con.register("area", pd.DataFrame({"cell": corridor(list(fading), list(rising))}))
    resolution = int(claims["resolution"].iloc[0])
    visits = con.execute(WEEKLY.format(resolution=resolution, weeks=found[0])).df()
    return drift(visits, found[0], K)
