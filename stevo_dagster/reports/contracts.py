"""Columns of the shared tables of activity: types and what each says.

Belongs here: the contracts, light to import. Does not belong here: how a table is made
(``activity``).
"""

from __future__ import annotations

ACTIVITY_TYPES: dict[str, dict[str, str]] = {
    "activity_days": {
        "day": "datetime64[us]",
        "event_type": "str",
        "events": "Int64",
        "users": "Int64",
        "is_weekend": "bool",
        "is_holiday": "bool",
        "holiday_name": "str",
    },
    "activity_hours": {
        "event_type": "str",
        "weekday": "int64",
        "hour": "int64",
        "width": "int64",
        "events": "int64",
        "users": "int64",
    },
    "activity_cells": {
        "event_type": "str",
        "cell": "str",
        "resolution": "int64",
        "first_day": "datetime64[us]",
        "days": "int64",
        "events": "int64",
        "users": "int64",
    },
}
_PEOPLE = "Distinct people behind them, at least k."
ACTIVITY_COLUMNS: dict[str, dict[str, str]] = {
    "activity_days": {
        "day": "UTC day.",
        "event_type": "Events that are counted.",
        "events": "Events of the day; null where fewer than k people are behind them.",
        "users": "Distinct people behind them; null where fewer than k.",
        "is_weekend": "Whether it is a Saturday or Sunday.",
        "is_holiday": "Whether it is a public holiday there.",
        "holiday_name": "Its name, or empty.",
    },
    "activity_hours": {
        "event_type": "Events that are counted, or all.",
        "weekday": "1 is Monday, 7 Sunday, 0 any.",
        "hour": "First local hour of the block.",
        "width": "Hours of the block: as many as k people need.",
        "events": "Events in it.",
        "users": _PEOPLE,
    },
    "activity_cells": {
        "event_type": "Events that are counted.",
        "cell": "H3 cell; rows of coarser cells hold what finer ones of k people leave over.",
        "resolution": "Its H3 resolution.",
        "first_day": "First day of the period, a Monday.",
        "days": "Days of the period.",
        "events": "Events in it.",
        "users": _PEOPLE,
    },
}
