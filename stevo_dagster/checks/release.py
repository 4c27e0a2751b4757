"""Boundary release → readers: shared tables, and the list of all suites of a release.

Belongs here: `evaluation`, `correlations` and which suite guards which table. Does not belong here:
switching releases (`lake/releases.py`).
"""

from __future__ import annotations

from models_ml.columns import (
    BASELINES,
    EVALUATION_COLUMNS,
    EVENT_BASELINES,
    RERANKED,
    SEGMENTS,
    TASK_EVENT,
    TASK_PLACE,
    TASK_RECOMMENDATION,
)
from models_ml.patterns.contracts import CONTRACTS
from stevo_dagster.checks.activity import (
    activity_cells_suite,
    activity_days_suite,
    activity_hours_suite,
)
from stevo_dagster.checks.evolution import evolution_suite
from stevo_dagster.checks.flows import clusters_suite, flows_suite
from stevo_dagster.checks.predictions import (
    explanations_suite,
    next_event_suite,
    next_place_suite,
    recommendations_suite,
)
from stevo_dagster.checks.spatial import hot_spots_suite
from stevo_dagster.checks.suite import (
    MOST_ROWS,
    PEOPLE,
    Expectation,
    Suite,
    columns,
    contains,
    finite,
    finite_between,
    not_null,
    one_of,
    rows_of,
    some_rows,
    unique,
)
from stevo_dagster.checks.temporal import changes_suite, forecasts_suite, seasonality_suite

CORRELATION_COLUMNS = (
    "kind",
    "subject_a",
    "subject_b",
    "lag_hours",
    "statistic",
    "p_value",
    "q_value",
    "n",
    "effect",
)
KINDS = ("pearson", "spearman", "lagged", "calendar", "space_time")
# About everybody at once, so no group of people stands behind them.
WHOLE_SUBJECTS = (
    "calendar:weekend",
    "calendar:holiday",
    "local_hour",
    "space:distance_km",
    "space:cell_activity",
)
# The tables about groups of people, whose suites count them in `PEOPLE`.
ABOUT_GROUPS = ("activity_days", "activity_hours", "correlations", *CONTRACTS)


def release_suites(k: int) -> dict[str, Suite]:
    """The suite of each table of a release. Those `ABOUT_GROUPS` also read `PEOPLE`.

    Args:
        k: fewest distinct people of a group that is shared, as the settings have it.
    """
    made = (
        next_place_suite(),
        next_event_suite(),
        recommendations_suite(),
        explanations_suite(),
        evaluation_suite(k),
        activity_days_suite(k),
        activity_hours_suite(k),
        activity_cells_suite(k),
        correlations_suite(k),
        hot_spots_suite(k),
        flows_suite(k),
        clusters_suite(k),
        evolution_suite(k),
        seasonality_suite(k),
        changes_suite(k),
        forecasts_suite(k),
    )
    return {suite.table: suite for suite in made}


def evaluation_suite(k: int) -> Suite:
    """What `evaluation` must hold; its metric `users` counts the people behind each group.

    A task that fewer than k people can be scored on is not in it: a warning, for a small home has
    such tasks and still gets a release.
    """
    key = ("model", "task", "split", "segment", "metric")
    return Suite(
        "evaluation",
        "evaluation",
        (
            columns(EVALUATION_COLUMNS),
            some_rows(severity="warning"),
            *(not_null(name) for name in (*key, "value", "n")),
            unique(key),
            one_of("segment", SEGMENTS),
            contains("task", (TASK_PLACE, TASK_EVENT, TASK_RECOMMENDATION), "warning"),
            *(finite(name) for name in ("value", "ci_low", "ci_high")),
            finite_between("n", 1, MOST_ROWS),
            _all_baselines(),
            rows_of(
                "intervals_hold_order",
                "select model, task, segment, metric, ci_low, ci_high from {batch}"
                " where ci_low > ci_high",
                "ci_low is never above ci_high",
                about="ci_low",
            ),
            rows_of(
                "groups_are_k_anonymous",
                "select model, task, split, segment,"
                " max(value) filter (where metric = 'users') as people from {batch}"
                f" group by all having coalesce(people, 0) < {int(k)}",
                f"at least {k} people stand behind every group",
                about="value",
            ),
        ),
    )


def correlations_suite(k: int) -> Suite:
    """What `correlations` must hold. No rows is a warning: short histories support no relation."""
    return Suite(
        "correlations",
        "correlations",
        (
            columns(CORRELATION_COLUMNS),
            some_rows(severity="warning"),
            *(not_null(name) for name in ("kind", "subject_a", "subject_b", "statistic", "n")),
            one_of("kind", KINDS),
            unique(("kind", "subject_a", "subject_b", "lag_hours")),
            finite_between("statistic", -1, 1),
            finite_between("p_value", 0, 1),
            finite_between("q_value", 0, 1),
            finite("effect"),
            finite_between("n", 1, MOST_ROWS),
            _k_anonymous(k),
        ),
    )


def _all_baselines() -> Expectation:
    """Every task in the table is scored for every baseline that can answer it."""
    wanted = [(TASK_PLACE, name) for name in BASELINES]
    wanted += [(TASK_EVENT, name) for name in EVENT_BASELINES]
    wanted += [
        (TASK_RECOMMENDATION, f"{name}{how}") for name in BASELINES for how in ("", RERANKED)
    ]
    values = ", ".join(f"('{task}', '{model}')" for task, model in wanted)
    return rows_of(
        "baselines_complete",
        f"select task, model from (values {values}) as wanted (task, model)"
        " anti join {batch} using (task, model) where task in (select task from {batch})",
        "every baseline is scored on every task in the table that it can answer",
        about="model",
    )


def _k_anonymous(k: int) -> Expectation:
    """Every group named has k people; a subject that is not known counts as nobody's."""
    whole = ", ".join(f"'{subject}'" for subject in WHOLE_SUBJECTS)
    groups = (("event_type", "event_type"), ("cell", "h3_r9"), ("local_hour", "local_hour"))
    counted = " union all ".join(
        f"select '{prefix}:' || {column} as subject, count(distinct user_id) as people"
        f" from {PEOPLE} group by {column}"
        for prefix, column in groups
    )
    return rows_of(
        "subjects_are_k_anonymous",
        "with named as (select subject_a as subject from {batch}"
        " union select subject_b from {batch}),"
        f" counted as ({counted})"
        " select subject, coalesce(people, 0) as people from named left join counted"
        f" using (subject) where subject not in ({whole}) and coalesce(people, 0) < {int(k)}",
        f"at least {k} people stand behind every group that is named",
    )
