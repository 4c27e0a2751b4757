"""Boundary release → readers: the shared tables of the network of places and of clusters.

Belongs here: `flows` and `clusters`. Does not belong here: making them
(`models_ml/patterns/spatial`).
"""

from __future__ import annotations

from models_ml.patterns.spatial.contracts import CLUSTERS, FLOWS
from stevo_dagster.checks.suite import (
    MOST_ROWS,
    PEOPLE,
    Expectation,
    Suite,
    columns,
    finite_between,
    not_null,
    one_of,
    rows_of,
    some_rows,
    unique,
)

# a cell of each resolution for each event with a place
_PLACED = (
    "placed as (select user_id, event_at, event_key, resolution, cell,"
    " newest - 6 - 7 * (date_diff('day', day, newest) // 7)::integer as week_"
    " from (select *, unnest([9, 8, 7]) as resolution, unnest([h3_r9, h3_r8, h3_r7]) as cell,"
    f" (select max(day) from {PEOPLE})::date as newest from {PEOPLE} where h3_r9 is not null))"
)


def flows_suite(k: int) -> Suite:
    """What `flows` must hold. No rows is a warning: few people or no coordinates show none."""
    always = ("week", "kind", "cell", "resolution", "n_people", "moves")
    return Suite(
        "flows",
        "flows",
        (
            columns(FLOWS.names),
            some_rows(severity="warning"),
            *(not_null(name) for name in always),
            one_of("kind", ("edge", "node")),
            unique(("week", "kind", "cell", "to_cell")),
            rows_of(
                "values_are_of_their_kind",
                "select week, kind, cell, to_cell, degree, community from {batch} where"
                " (kind = 'edge') <> (to_cell is not null)"
                " or (kind = 'node') <> (degree is not null and community is not null"
                " and pagerank is not null and betweenness is not null)",
                "an edge has a cell of arrival, a node its measures",
                about="kind",
            ),
            *(finite_between(name, 1, MOST_ROWS) for name in ("moves", "degree")),
            *(finite_between(name, 0, 1) for name in ("pagerank", "betweenness")),
            finite_between("pagerank_change", -1, 1),
            _edges_have_people(k),
            _nodes_have_people(k),
        ),
    )


def clusters_suite(k: int) -> Suite:
    """What `clusters` must hold. No rows is a warning: few people or no coordinates show none."""
    kilometres = ("radius_km", "reach_km", "moved_km")
    return Suite(
        "clusters",
        "clusters",
        (
            columns(CLUSTERS.names),
            some_rows(severity="warning"),
            *(not_null(name) for name in CLUSTERS.names if name not in ("moved_km", "bearing")),
            unique(("week", "cluster")),
            finite_between("latitude", -90, 90),
            finite_between("longitude", -180, 180),
            *(finite_between(name, 0, 20_040) for name in kilometres),
            *(finite_between(name, 1, MOST_ROWS) for name in ("n_cells", "n_visits")),
            finite_between("share", 0, 1),
            finite_between("bearing", 0, 360),
            _clusters_have_people(k),
        ),
    )


def _clusters_have_people(k: int) -> Expectation:
    """At least k people are in each cluster, and as many were that near to its centre."""
    newest = f"(select max(day) from {PEOPLE})::date"
    return rows_of(
        "clusters_are_k_anonymous",
        "with visits as (select distinct user_id, h3_r9, latitude as north, longitude as east,"
        f" {newest} - 6 - 7 * (date_diff('day', day, {newest}) // 7)::integer as week"
        f" from {PEOPLE} where h3_r9 is not null),"
        " centres as (select week, cluster, latitude, longitude, reach_km from {batch}),"
        # an event lies up to 0.25 km from the centre of its cell
        " near as (select centres.week, cluster, count(distinct user_id) as people"
        " from centres join visits on centres.week = visits.week"
        " and ((north - latitude) ** 2 + ((east - longitude) * cos(radians(latitude))) ** 2)"
        " <= ((reach_km + 0.25) / 111.195) ** 2 group by all)"
        " select week, cluster, n_people, coalesce(people, 0) as people from {batch}"
        " left join near using (week, cluster)"
        f" where n_people < {int(k)} or n_people > coalesce(people, 0)",
        f"at least {k} people are in every cluster, and were near its centre",
        about="n_people",
    )


def _edges_have_people(k: int) -> Expectation:
    """The people of each edge, counted again from their events, are those said, and at least k."""
    return rows_of(
        "edges_are_k_anonymous",
        f"with {_PLACED}, steps as (select user_id, week_ as week, resolution, cell as to_cell,"
        " lag(cell) over (partition by user_id, week_, resolution order by event_at, event_key)"
        " as cell from placed),"
        " counted as (select week, resolution, cell, to_cell, count(distinct user_id) as people"
        " from steps group by all)"
        " select week, cell, to_cell, n_people, coalesce(people, 0) as people from {batch}"
        " left join counted using (week, resolution, cell, to_cell)"
        f" where kind = 'edge' and (n_people < {int(k)} or n_people <> coalesce(people, 0))",
        f"exactly the people said moved along an edge, at least {k}",
        about="n_people",
    )


def _nodes_have_people(k: int) -> Expectation:
    """The people of each node, counted again, are those said, and at least k."""
    return rows_of(
        "nodes_are_k_anonymous",
        f"with {_PLACED}, counted as (select week_ as week, resolution, cell,"
        " count(distinct user_id) as people from placed group by all)"
        " select week, cell, n_people, coalesce(people, 0) as people from {batch}"
        " left join counted using (week, resolution, cell)"
        f" where kind = 'node' and (n_people < {int(k)} or n_people <> coalesce(people, 0))",
        f"exactly the people said were at a node, at least {k}",
        about="n_people",
    )
