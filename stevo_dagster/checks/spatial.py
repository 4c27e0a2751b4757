"""Boundary release → readers: the shared tables of patterns in space.

Belongs here: `hot_spots`. Does not belong here: making it (`models_ml/patterns/spatial`).
"""

from __future__ import annotations

from models_ml.patterns.spatial.classes import CLASSES
from models_ml.patterns.spatial.contracts import HOT_SPOTS
from stevo_dagster.checks.suite import (
    MOST_ROWS,
    PEOPLE,
    Expectation,
    Suite,
    columns,
    finite,
    finite_between,
    not_null,
    one_of,
    rows_of,
    some_rows,
    unique,
)


def hot_spots_suite(k: int) -> Suite:
    """What `hot_spots` must hold. No rows is a warning: few days or no coordinates show none."""
    return Suite(
        "hot_spots",
        "hot_spots",
        (
            columns(HOT_SPOTS.names),
            some_rows(severity="warning"),
            *(not_null(name) for name in HOT_SPOTS.names),
            unique(("event_type", "cell")),
            one_of("class", CLASSES),
            finite("z_last"),
            finite_between("trend", -1, 1),
            finite_between("p_value", 0, 1),
            finite_between("q_value", 0, 1),
            *(finite_between(name, 1, MOST_ROWS) for name in ("n_bins", "n_events")),
            _people_are_enough(k),
        ),
    )


def _people_are_enough(k: int) -> Expectation:
    """Each row's people are at least k and no more than the cell has; no other cell is named."""
    counted = " union all ".join(
        f"select {resolution} as resolution, h3_r{resolution} as cell, event_type,"
        f" count(distinct user_id) as people from {PEOPLE} group by all"
        for resolution in (8, 7)
    )
    return rows_of(
        "rows_are_k_anonymous",
        f"with counted as ({counted})"
        " select cell, event_type, n_people, coalesce(people, 0) as people"
        " from {batch} left join counted using (resolution, cell, event_type)"
        f" where n_people < {int(k)} or n_people > coalesce(people, 0)",
        f"at least {k} people stand behind every row",
        about="n_people",
    )
