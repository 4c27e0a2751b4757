"""Boundary release → readers: the shared tables of patterns in time.

Belongs here: `seasonality`, `changes` and `forecasts`. Does not belong here: making them.
"""

from __future__ import annotations

from models_ml.patterns.temporal.contracts import CHANGES, FORECASTS, SEASONALITY
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


def seasonality_suite(k: int) -> Suite:
    """What `seasonality` must hold. No rows is a warning: short histories show no cycle."""
    shares = ("strength", "trend_strength", "peak_share", "statistic", "p_value", "q_value")
    return Suite(
        "seasonality",
        "seasonality",
        (
            columns(SEASONALITY.names),
            some_rows(severity="warning"),
            *(not_null(name) for name in ("subject", "period_hours", "peak")),
            unique(("subject", "period_hours")),
            rows_of(
                "peaks_are_in_their_cycle",
                "select subject, period_hours, peak from {batch} where not"
                " ((period_hours = 24 and peak between 0 and 23)"
                " or (period_hours = 168 and peak between 1 and 7))",
                "a peak is an hour of the day or a weekday",
                about="peak",
            ),
            *(finite_between(name, 0, 1) for name in shares),
            finite_between("autocorrelation", -1, 1),
            finite_between("n", 1, MOST_ROWS),
            _subjects_have_people(k),
        ),
    )


def changes_suite(k: int) -> Suite:
    """What `changes` must hold. No rows is a warning: a month of history is the least."""
    return Suite(
        "changes",
        "changes",
        (
            columns(CHANGES.names),
            some_rows(severity="warning"),
            *(not_null(name) for name in CHANGES.names if name != "day"),
            one_of("kind", ("holiday", "pay_day", "change_point")),
            unique(("kind", "subject", "day")),
            rows_of(
                "change_points_have_a_day",
                "select kind, subject, day from {batch}"
                " where (kind = 'change_point') <> (day is not null)",
                "a change point has its day, and no other row has one",
                about="day",
            ),
            *(finite_between(name, -1, MOST_ROWS) for name in ("effect", "low", "high")),
            rows_of(
                "intervals_hold_the_effect",
                "select subject, effect, low, high from {batch}"
                " where low > effect or effect > high",
                "low is at most effect, and effect at most high",
                about="low",
            ),
            *(finite_between(name, 0, 1) for name in ("p_value", "q_value")),
            finite_between("n", 1, MOST_ROWS),
            _subjects_have_people(k),
        ),
    )


def forecasts_suite(k: int) -> Suite:
    """What `forecasts` must hold. No rows is a warning: a month of history is the least."""
    return Suite(
        "forecasts",
        "forecasts",
        (
            columns(FORECASTS.names),
            some_rows(severity="warning"),
            *(not_null(name) for name in ("cell", "event_type", "model", "day")),
            unique(("cell", "event_type", "day")),
            *(finite_between(name, 0, MOST_ROWS) for name in ("mean", "low", "high")),
            rows_of(
                "intervals_hold_the_mean",
                "select cell, event_type, day, low, mean, high from {batch}"
                " where low > mean or mean > high",
                "low is at most mean, and mean at most high",
                about="low",
            ),
            *(finite_between(name, 0, MOST_ROWS) for name in ("mase", "naive_mase")),
            finite_between("coverage", 0, 1),
            finite_between("n_origins", 1, MOST_ROWS),
            *(finite_between(name, 0, 1) for name in ("gain_p", "gain_q")),
            _series_have_people(k),
        ),
    )


def _subjects_have_people(k: int) -> Expectation:
    """Every subject has k people; one that nobody knows counts as nobody's."""
    groups = (("event_type", "event_type"), ("category", "category"), ("cell", "h3_r9"))
    counted = " union all ".join(
        f"select '{prefix}:' || {column} as subject, count(distinct user_id) as people"
        f" from {PEOPLE} group by {column}"
        for prefix, column in groups
    )
    return rows_of(
        "subjects_are_k_anonymous",
        f"with counted as ({counted})"
        " select distinct subject, coalesce(people, 0) as people from {batch} left join counted"
        f" using (subject) where coalesce(people, 0) < {int(k)}",
        f"at least {k} people stand behind every subject",
    )


def _series_have_people(k: int) -> Expectation:
    """Every cell and event type has k people."""
    return rows_of(
        "series_are_k_anonymous",
        # An event without a cell is none of 'all', though its cell is null as that of all is.
        "with counted as (select event_type,"
        " case when grouping(h3_r9) = 1 then 'all' else h3_r9 end as cell,"
        f" count(distinct user_id) as people from {PEOPLE}"
        " group by grouping sets ((event_type), (event_type, h3_r9)))"
        " select distinct cell, event_type, coalesce(people, 0) as people"
        " from {batch} left join counted using (cell, event_type)"
        f" where coalesce(people, 0) < {int(k)}",
        f"at least {k} people stand behind every series",
    )
