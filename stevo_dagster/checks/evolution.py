"""Boundary release → readers: the shared list of what changes.

Belongs here: `evolution`. Does not belong here: making it (`models_ml/patterns/evolution.py`).
"""

from __future__ import annotations

from models_ml.patterns.temporal.contracts import EVOLUTION, EVOLUTION_KINDS
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


def evolution_suite(k: int) -> Suite:
    """What `evolution` must hold. No rows is a warning: a week or two show no change."""
    return Suite(
        "evolution",
        "evolution",
        (
            columns(EVOLUTION.names),
            some_rows(severity="warning"),
            *(not_null(name) for name in ("kind", "subject", "value", "n", "n_people")),
            one_of("kind", EVOLUTION_KINDS),
            unique(("kind", "subject", "period")),
            *(finite(name) for name in ("value", "low", "high")),
            *(finite_between(name, 0, 1) for name in ("p_value", "q_value")),
            finite_between("n", 1, MOST_ROWS),
            rows_of(
                "intervals_hold_order",
                "select kind, subject, period, low, high from {batch}"
                " where (low is null) <> (high is null) or low > high",
                "an interval has both ends, in order",
                about="low",
            ),
            rows_of(
                "claims_have_both",
                "select kind, subject, period, p_value, q_value from {batch}"
                " where (p_value is null) <> (q_value is null)",
                "a row with a p-value has a q-value, and no other has one",
                about="q_value",
            ),
            _people_are_enough(k),
        ),
    )


def _people_are_enough(k: int) -> Expectation:
    """Each row's people are at least k and no more than were seen in its week, or at all."""
    return rows_of(
        "rows_are_k_anonymous",
        f"with newest as (select max(day)::date as at_ from {PEOPLE}),"
        " seen as (select at_ - 6 - 7 * (date_diff('day', day, at_) // 7)::integer as period,"
        f" count(distinct user_id) as people from {PEOPLE}, newest group by all"
        f" union all select null, count(distinct user_id) from {PEOPLE})"
        " select kind, subject, n_people, coalesce(people, 0) as people from {batch}"
        " left join (select period as seen_in, people from seen)"
        " on period is not distinct from seen_in"
        f" where n_people < {int(k)} or n_people > coalesce(people, 0)",
        f"at least {k} people stand behind every row, and no more than were seen",
        about="n_people",
    )
