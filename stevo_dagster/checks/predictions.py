"""Boundary predictions → release: the published tables that hold rows per person.

Belongs here: the contract of the four prediction tables. Does not belong here: tables that are
shared (`release.py`).
"""

from __future__ import annotations

from models_ml.columns import (
    EXPLANATION_COLUMNS,
    NEXT_EVENT_COLUMNS,
    NEXT_PLACE_COLUMNS,
    RECOMMENDATION_COLUMNS,
)
from stevo_dagster.checks.suite import (
    Expectation,
    Suite,
    columns,
    finite,
    finite_between,
    not_null,
    one_of,
    one_value,
    ranks_whole,
    rows_of,
    some_rows,
    unique,
)
from stevo_dagster.sources.base.contract import EVENT_TYPES

LABELS = ("model_version", "model_source")
# What adding up probabilities in floating point may be off by.
TOLERANCE = 1e-6


def next_place_suite() -> Suite:
    """What `next_place_predictions` must hold."""
    return Suite(
        "next_place_predictions",
        "next_place_predictions",
        (
            columns([*NEXT_PLACE_COLUMNS, *LABELS]),
            some_rows(),
            *_answered_by(),
            *(not_null(name) for name in ("user_id", "rank", "item_id", "probability")),
            ranks_whole("user_id"),
            unique(("user_id", "item_id")),
            finite_between("probability", 0, 1),
            _sums("sum(probability) > 1 + {0}", "at most 1"),
            _falling("probability"),
            finite_between("latitude", -90, 90),
            finite_between("longitude", -180, 180),
        ),
    )


def next_event_suite() -> Suite:
    """What `next_event_predictions` must hold."""
    return Suite(
        "next_event_predictions",
        "next_event_predictions",
        (
            columns([*NEXT_EVENT_COLUMNS, *LABELS]),
            some_rows(),
            *_answered_by(),
            *(not_null(name) for name in ("user_id", "event_type", "probability")),
            one_of("event_type", EVENT_TYPES),
            unique(("user_id", "event_type")),
            finite_between("probability", 0, 1),
            _sums("abs(sum(probability) - 1) > {0}", "1"),
        ),
    )


def recommendations_suite() -> Suite:
    """What `recommendations` must hold."""
    required = ("user_id", "rank", "item_id", "score", "reason", "is_new_to_user")
    return Suite(
        "recommendations",
        "recommendations",
        (
            columns([*RECOMMENDATION_COLUMNS, *LABELS]),
            some_rows(),
            *_answered_by(),
            *(not_null(name) for name in required),
            ranks_whole("user_id"),
            unique(("user_id", "item_id")),
            finite("score"),
        ),
    )


def explanations_suite() -> Suite:
    """What `explanations` must hold. No rows is a warning: some champions cite no event."""
    required = ("user_id", "item_id", "rank", "event_id", "weight", "text")
    return Suite(
        "explanations",
        "explanations",
        (
            columns(EXPLANATION_COLUMNS),
            some_rows(severity="warning"),
            *(not_null(name) for name in required),
            finite("weight"),
            finite_between("rank", 1, 1_000),
        ),
    )


def _answered_by() -> tuple[Expectation, ...]:
    """When it was asked and who answered: there, and the same in every row."""
    return tuple(
        rule(name)
        for name in ("as_of", "model_version", "model_source")
        for rule in (not_null, one_value)
    )


def _sums(condition: str, words: str) -> Expectation:
    """Each user's probabilities add up; a NaN among them fails too, as it is above everything."""
    return rows_of(
        "probability_sums",
        "select user_id, sum(probability) as total from {batch} group by user_id"
        f" having {condition.format(TOLERANCE)}",
        f"probabilities of each user add up to {words}",
        about="probability",
    )


def _falling(column: str) -> Expectation:
    """A worse rank never has the higher value."""
    return rows_of(
        f"{column}_falls_with_rank",
        f"select user_id, rank, {column} from {{batch}}"
        f" qualify {column} > lag({column}) over (partition by user_id order by rank)",
        f"{column} never rises with rank",
        about=column,
    )
