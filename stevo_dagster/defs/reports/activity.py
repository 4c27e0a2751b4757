"""Activity by day, hour and place: what report and explorer are drawn from.

Belongs here: reading marts and calling `stevo_dagster.reports.activity`. Does not belong here: how
coarse a group must be.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from stevo_dagster.defs.labels import Group, Owner
from stevo_dagster.defs.making import make, reading, spec
from stevo_dagster.defs.outcome import column_schema, materialised
from stevo_dagster.defs.resources import HomeResource
from stevo_dagster.reports.contracts import ACTIVITY_COLUMNS

TABLES = {
    "activity_days": "Events and people by day, with the calendar; days of few people are empty.",
    "activity_hours": "Events and people by weekday, by event type, and block of local hours.",
    "activity_cells": "Events and people by event type, H3 cell and week or wider period.",
}


@dg.multi_asset(
    name="count_activity",
    specs=[
        spec(name, Group.reports, Owner.insight, description, kinds={"duckdb"})
        for name, description in TABLES.items()
    ],
)
def count_activity(context: dg.AssetExecutionContext, home: HomeResource) -> Iterator[Any]:
    """The three tables of activity: groups of at least k people."""
    settings = home.settings()

    def compute() -> dict[str, Any]:
        from stevo_dagster.reports.activity import read_activity

        with reading(settings, ("fct_events", "agg_calendar")) as con:
            return read_activity(con, k=settings.k_anonymity)

    made = make(context, settings, list(TABLES), compute, values={"k": settings.k_anonymity})
    for name, described in made.items():
        schema = column_schema(described, ACTIVITY_COLUMNS[name])
        yield materialised(described, {"dagster/column_schema": schema})


ASSETS = [count_activity]
