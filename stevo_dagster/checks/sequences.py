"""Boundary marts → sequences: what the models' input must hold.

Belongs here: ranges, order, volumes and drift of `sequences`. Does not belong here: how it is built
(`models_ml/data/sequences.py`).
"""

from __future__ import annotations

from models_ml.columns import FEATURE_COLUMNS, SEQUENCE_COLUMNS, SPLITS, TEXT_COLUMNS
from stevo_dagster.checks.suite import (
    Suite,
    columns,
    contains,
    finite_between,
    no_rows,
    not_null,
    one_of,
    rows_of,
    some_rows,
    steady_volume,
    unique,
)
from stevo_dagster.sources.base.contract import EVENT_TYPES

# Half the way round the Earth is 20,015 km.
FARTHEST_METRES = 20_100_000
SECONDS_IN_A_CENTURY = 100 * 366 * 86_400
# A scaled feature this far from its mean is a broken scale, not an unusual person.
WIDEST_FEATURE = 1_000
EVENT = ("user_id", "position", "event_id")


def sequences_suite() -> Suite:
    """What `sequences` must hold before anything is trained on it."""
    required = ("user_id", "position", "event_id", "event_at", "event_type", "split")
    return Suite(
        "sequences",
        "sequences",
        (
            columns([*SEQUENCE_COLUMNS, *TEXT_COLUMNS, *FEATURE_COLUMNS]),
            some_rows(),
            *(not_null(name) for name in required),
            one_of("event_type", EVENT_TYPES),
            one_of("split", SPLITS),
            contains("split", SPLITS, "warning"),
            unique(("event_id",)),
            *_ranges(),
            *(finite_between(name, -WIDEST_FEATURE, WIDEST_FEATURE) for name in FEATURE_COLUMNS),
            *_order(),
            steady_volume("(event_at at time zone 'UTC')::date"),
        ),
    )


def _ranges() -> tuple:
    return (
        finite_between("local_hour", 0, 23),
        finite_between("weekday", 1, 7),
        finite_between("latitude", -90, 90),
        finite_between("longitude", -180, 180),
        finite_between("gap_seconds", 0, SECONDS_IN_A_CENTURY),
        finite_between("distance_m", 0, FARTHEST_METRES),
    )


def _order() -> tuple:
    """Positions follow time within a user, and splits follow time over all users."""
    return (
        rows_of(
            "positions_whole",
            "select user_id, count(*) as events, min(position) as first_, max(position) as last_"
            " from {batch} group by user_id"
            " having min(position) <> 0 or max(position) <> count(*) - 1"
            " or count(distinct position) <> count(*)",
            "positions of each user run from 0 without gaps or repeats",
            about="position",
        ),
        rows_of(
            "positions_follow_time",
            "select user_id, position, event_id, event_at from {batch}"
            " qualify event_at < lag(event_at) over (partition by user_id order by position)",
            "a later position is never earlier in time",
            about="position",
        ),
        rows_of(
            "splits_follow_time",
            "with edges as (select split, min(event_at) as first_at, max(event_at) as last_at"
            " from {batch} group by split)"
            " select earlier.split as split, earlier.last_at as last_at,"
            " later.split as later_split, later.first_at as later_first_at"
            " from edges as earlier, edges as later"
            " where (earlier.split, later.split) in"
            " (('train', 'val'), ('train', 'test'), ('val', 'test'))"
            " and earlier.last_at > later.first_at",
            "train ends before val begins, and val before test",
            about="split",
        ),
        no_rows(
            "item_id_only_missing_for_search",
            "item_id is null and event_type <> 'search'",
            "item_id is null for searches alone",
            ("event_type", *EVENT),
        ),
    )
