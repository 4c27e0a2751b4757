"""Boundary release → readers: the shared tables of activity.

Belongs here: `activity_days`, `activity_hours`, `activity_cells`. Does not belong here: making them
(`reports/activity.py`).
"""

from __future__ import annotations

from stevo_dagster.checks.suite import (
    MOST_ROWS,
    PEOPLE,
    Expectation,
    Suite,
    columns,
    finite_between,
    not_null,
    rows_of,
    some_rows,
    unique,
)
from stevo_dagster.reports.contracts import ACTIVITY_COLUMNS


def activity_days_suite(k: int) -> Suite:
    """What `activity_days` must hold: a day is told with its people, or not at all.

    No rows is a warning: a small home has no kind of event of k people.
    """
    return Suite(
        "activity_days",
        "activity_days",
        (
            columns(tuple(ACTIVITY_COLUMNS["activity_days"])),
            some_rows(severity="warning"),
            *(not_null(name) for name in ("day", "event_type", "is_weekend", "is_holiday")),
            unique(("day", "event_type")),
            _has_people(
                "days_are_k_anonymous",
                "select day, event_type, count(distinct user_id) as people"
                f" from {PEOPLE} group by all",
                "day, event_type",
                k,
            ),
        ),
    )


def activity_hours_suite(k: int) -> Suite:
    """What `activity_hours` must hold. No rows is a warning: a small home has no group of k."""
    key = ("event_type", "weekday", "hour", "width")
    return Suite(
        "activity_hours",
        "activity_hours",
        (
            columns(tuple(ACTIVITY_COLUMNS["activity_hours"])),
            some_rows(severity="warning"),
            *(not_null(name) for name in (*key, "events", "users")),
            unique(key),
            finite_between("weekday", 0, 7),
            finite_between("hour", 0, 23),
            finite_between("width", 1, 24),
            finite_between("events", k, MOST_ROWS),
            _has_people("hours_are_k_anonymous", _hour_people(k), ", ".join(key), k),
        ),
    )


def activity_cells_suite(k: int) -> Suite:
    """What `activity_cells` must hold. No rows is a warning: no coordinates, no whole week."""
    key = ("event_type", "cell", "first_day")
    return Suite(
        "activity_cells",
        "activity_cells",
        (
            columns(tuple(ACTIVITY_COLUMNS["activity_cells"])),
            some_rows(severity="warning"),
            *(not_null(name) for name in ACTIVITY_COLUMNS["activity_cells"]),
            unique(key),
            finite_between("resolution", 5, 9),
            finite_between("days", 7, 91),
            finite_between("events", k, MOST_ROWS),
            rows_of(
                "cells_are_k_anonymous",
                "select event_type, cell, first_day, users from {batch}"
                f" where users < {int(k)} or users > events",
                f"at least {k} people stand behind every group, and no more than it has events",
                about="users",
            ),
        ),
    )


def _hour_people(k: int) -> str:
    """The people behind each group that `activity_hours` names; kinds of event that fewer than k
    have are in none of them.
    """
    return (
        "select event_type, weekday, hour, width, count(distinct user_id) as people"
        " from (select distinct event_type, weekday, hour, width from {batch}) as named"
        f" join (select event_type as kind, weekday as weekday_of, local_hour, user_id"
        f" from {PEOPLE} where event_type in (select event_type from {PEOPLE}"
        f" group by event_type having count(distinct user_id) >= {int(k)})) as happened"
        " on event_type in ('all', kind) and weekday in (0, weekday_of)"
        " and local_hour between hour and hour + width - 1"
        " group by all"
    )


def _has_people(name: str, counted: str, key: str, k: int) -> Expectation:
    """Each row with users has exactly the people that are there, at least k."""
    return rows_of(
        name,
        f"with counted as ({counted})"
        f" select {key}, users, coalesce(people, 0) as people"
        " from {batch} left join counted"
        f" using ({key}) where users is not null"
        f" and (users < {int(k)} or users <> coalesce(people, 0))",
        f"at least {k} people stand behind every group, as many as it says",
        about="users",
    )
