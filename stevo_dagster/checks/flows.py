"""Boundary release → readers: the shared table of the network of places.

Belongs here: `flows`. Does not belong here: making it (`models_ml/patterns/spatial`).
"""

from __future__ import annotations

from models_ml.patterns.spatial.contracts import FLOWS
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
