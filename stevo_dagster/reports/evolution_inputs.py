"""What ``evolution`` is made from: hot spots, flows and clusters, and the weeks of people.

Belongs here: the queries and which groups are large enough. Does not belong here: any statistic
(``models_ml.patterns``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from models_ml.patterns.evolution import (
    Rows,
    community_rows,
    drift_rows,
    evolution,
    retention_rows,
)
from models_ml.patterns.spatial.cluster_drift import cluster_drifts
from models_ml.patterns.spatial.drift import corridor, drift
from models_ml.patterns.spatial.moran import moran
from models_ml.patterns.spatial.movement import middle, person_measures
from models_ml.patterns.spatial.rings import ring_weights
from models_ml.patterns.temporal.retention import retention
from stevo_dagster.reports.cluster_inputs import read_clustered
from stevo_dagster.reports.weeks import make_weekly

if TYPE_CHECKING:
    import duckdb

SUPPORTED = 0.05
AREA_VISITS = """
select user_id, h3_r{resolution} as cell, count(*) as events,
    date_diff('day', (select min(week) from weekly), week) // 7 as week
from weekly
where event_type = $event_type and h3_r{resolution} in (select unnest($cells))
group by all
order by all
"""
CELL_WEEKS = """
select week, h3_r8 as cell, user_id, count(*) as events
from weekly
where h3_r8 is not null
group by all
order by all
"""
PLACED = """
select week, user_id as person, latitude, longitude, h3_r9 as cell
from weekly
where h3_r9 is not null
order by week, user_id, event_at, event_key
"""
SEEN = "select distinct week, user_id as person from weekly order by all"


def read_evolution(connection: duckdb.DuckDBPyConnection, k: int) -> pd.DataFrame:
    """The published table ``evolution``; without coordinates, retention alone.

    Args:
        connection: has the views fct_events, hot_spots and flows; a temporary table is made in it.
        k: groups of fewer distinct people are left out.
    """
    weeks = make_weekly(connection)
    return evolution(
        [
            *_hot_areas(connection, weeks, k),
            *(
                row
                for one in cluster_drifts(read_clustered(connection, k).members)
                for row in drift_rows("cluster", f"cluster:{one.cluster}", one, one.weeks)
            ),
            *community_rows(connection.execute("select * from flows order by all").df()),
            *_moran(connection, k),
            *_movement(connection, k),
            *retention_rows(retention(connection.execute(SEEN).df(), k)),
        ]
    )


def _hot_areas(connection: duckdb.DuckDBPyConnection, weeks: int, k: int) -> Rows:
    """Drifts from places that are claimed to fade to places that are claimed to rise, by type."""
    claims = connection.execute(
        "select event_type, resolution, cell, trend from hot_spots where q_value < $q order by all",
        {"q": SUPPORTED},
    ).df()
    rows: Rows = []
    for (event_type, resolution), part in claims.groupby(["event_type", "resolution"]):
        fading, rising = (part.loc[part["trend"] * way > 0, "cell"].tolist() for way in (-1, 1))
        visits = connection.execute(
            AREA_VISITS.format(resolution=resolution),
            {"event_type": event_type, "cells": corridor(fading, rising)},
        ).df()
        found = drift(visits, weeks, k)
        if found is not None:
            rows += drift_rows("hot_area", f"event_type:{event_type}", found, weeks)
    return rows


def _moran(connection: duckdb.DuckDBPyConnection, k: int) -> Rows:
    """Moran's I of events by cell of resolution 8, each week; cells of fewer people count as 0."""
    visits = connection.execute(CELL_WEEKS).df()
    cells = sorted(visits["cell"].unique())
    weights = ring_weights(cells)
    rows: Rows = []
    for week, part in visits.groupby("week", sort=True):
        known = part[part.groupby("cell")["user_id"].transform("nunique") >= k]
        if not len(known):
            continue
        counts = known.groupby("cell")["events"].sum().reindex(cells, fill_value=0)
        value, p_value = moran(counts.to_numpy(dtype=float), weights)
        rows.append(
            {
                "kind": "moran",
                "subject": "all",
                "period": week,
                "value": value,
                "p_value": p_value,
                "n": len(cells),
                "n_people": known["user_id"].nunique(),
            }
        )
    return rows


def _movement(connection: duckdb.DuckDBPyConnection, k: int) -> Rows:
    """The middle person's measures of movement, each week."""
    rows: Rows = []
    for week, part in connection.execute(PLACED).df().groupby("week", sort=True):
        for kind, values in person_measures(part).items():
            known = values.dropna().to_numpy()
            if len(known) < k:
                continue
            found = middle(known)
            rows.append(
                {
                    "kind": kind,
                    "subject": "all",
                    "period": week,
                    "value": found.value,
                    "low": found.low,
                    "high": found.high,
                    "n": found.people,
                    "n_people": found.people,
                }
            )
    return rows
