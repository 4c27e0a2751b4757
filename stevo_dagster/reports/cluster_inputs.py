"""What ``clusters`` is made from: who was in which cell in a week.

Belongs here: the query. Does not belong here: finding clusters (``models_ml.patterns.spatial``),
which keeps those of k people alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from models_ml.patterns.spatial.clusters import Clustered, clusters, find_clusters
from stevo_dagster.reports.weeks import make_weekly

if TYPE_CHECKING:
    import duckdb

VISITS = """
select distinct week, h3_r9 as cell, dense_rank() over (order by user_id) as person
from weekly
where h3_r9 is not null
order by all
"""


def read_clusters(connection: duckdb.DuckDBPyConnection, k: int) -> pd.DataFrame:
    """The published table ``clusters``; empty without coordinates or without a whole week.

    Args:
        connection: has the view fct_events; a temporary table is made in it.
        k: clusters of fewer distinct people are none.
    """
    make_weekly(connection)
    return clusters(read_clustered(connection, k))


def read_clustered(connection: duckdb.DuckDBPyConnection, k: int) -> Clustered:
    """The clusters with their people, from the table ``weekly``; for what is made of them."""
    return find_clusters(connection.execute(VISITS).df(), k)
