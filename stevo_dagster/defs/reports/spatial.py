"""Patterns in space: hot spots, flows and clusters.

Belongs here: which tables there are and what makes each. Does not belong here: statistics.
"""

from typing import TYPE_CHECKING

from stevo_dagster.defs.reports.patterns import pattern

if TYPE_CHECKING:
    import duckdb
    import pandas as pd


def _hot_spots(con: "duckdb.DuckDBPyConnection", k: int) -> "pd.DataFrame":
    """The hot_spots table; empty without coordinates or with less than ten days."""
    from stevo_dagster.reports.spatial_inputs import read_hot_spots

    return read_hot_spots(con, k)


def _flows(con: "duckdb.DuckDBPyConnection", k: int) -> "pd.DataFrame":
    """The flows table; empty without coordinates or without a whole week."""
    from stevo_dagster.reports.flow_inputs import read_flows

    return read_flows(con, k)


def _clusters(con: "duckdb.DuckDBPyConnection", k: int) -> "pd.DataFrame":
    """The clusters table; empty without coordinates or without a whole week."""
    from stevo_dagster.reports.cluster_inputs import read_clusters

    return read_clusters(con, k)


find_hot_spots = pattern(
    "hot_spots",
    "find_hot_spots",
    "Places that wake up, fade or stay busy, by event type: Gi* and its trend, q-values.",
    _hot_spots,
    kind="scipy",
)
find_flows = pattern(
    "flows",
    "find_flows",
    "Moves between cells by week, the standing of each cell in their network, its communities.",
    _flows,
    kind="networkx",
)
find_clusters = pattern(
    "clusters",
    "find_clusters",
    "Where people gather, week by week: centre, extent, people, and how the centre moved.",
    _clusters,
    kind="scikit-learn",
)

ASSETS = [find_hot_spots, find_flows, find_clusters]
