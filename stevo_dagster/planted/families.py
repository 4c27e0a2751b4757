"""Of each family of findings: how many claims at q < 0.05 are made of one city?

Belongs here: which rows are claims of which family. Does not belong here: how many there may be
(`tally`).
In a city with nothing planted every one of them is chance.
"""

from __future__ import annotations

import pandas as pd

from stevo_dagster.planted.findings import SUPPORTED, Findings

FAMILIES = ("cycle", "correlation", "change point", "hot spot", "holiday", "forecast gain")
_CALENDAR = "calendar"
_CHANGE_POINT = "change_point"


def claims(found: Findings, forecasts: pd.DataFrame) -> dict[str, int]:
    """Claims by family; a holiday is one of the calendar's, whichever table says it.

    A forecast's claim is that it gains something over the mean of the past.
    """
    relations, changes = found.correlations, found.changes
    of_calendar = relations["kind"] == _CALENDAR
    of_level = changes["kind"] == _CHANGE_POINT
    series = forecasts.drop_duplicates(["cell", "event_type"])
    return {
        "cycle": _supported(found.seasonality),
        "correlation": _supported(relations[~of_calendar]),
        "change point": _supported(changes[of_level]),
        "hot spot": _supported(found.hot_spots) + (found.drift is not None),
        "holiday": _supported(changes[~of_level]) + _supported(relations[of_calendar]),
        "forecast gain": _supported(series, "gain_q"),
    }


def _supported(table: pd.DataFrame, column: str = "q_value") -> int:
    """Rows that are claimed."""
    return int((table[column] < SUPPORTED).sum())
