"""Patterns in time: cycles and forecasts.

Belongs here: reading marts and calling `stevo_dagster.reports.temporal`. Does not belong here:
statistics.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from stevo_dagster.defs.labels import Group, Owner
from stevo_dagster.defs.making import make, reading, spec
from stevo_dagster.defs.outcome import materialised
from stevo_dagster.defs.resources import HomeResource
from stevo_dagster.derived import DERIVED


@dg.multi_asset(
    name="find_cycles",
    specs=[
        spec(
            "seasonality",
            Group.reports,
            Owner.insight,
            "Daily and weekly cycles of event types, categories and cells, with q-values.",
            kinds={"statsmodels"},
        )
    ],
)
def find_cycles(context: dg.AssetExecutionContext, home: HomeResource) -> Iterator[Any]:
    """The seasonality table."""
    settings = home.settings()

    def compute() -> dict[str, Any]:
        from stevo_dagster.reports.temporal import read_seasonality

        with reading(settings, DERIVED["seasonality"].reads) as con:
            return {"seasonality": read_seasonality(con, k=settings.k_anonymity)}

    values = {"k": settings.k_anonymity}
    yield materialised(
        make(context, settings, ["seasonality"], compute, values=values)["seasonality"]
    )


@dg.multi_asset(
    name="forecast_days",
    specs=[
        spec(
            "forecasts",
            Group.reports,
            Owner.insight,
            "Events a day in the week to come, by the method that was best before, with intervals.",
            kinds={"statsmodels"},
        )
    ],
)
def forecast_days(context: dg.AssetExecutionContext, home: HomeResource) -> Iterator[Any]:
    """The forecasts table."""
    settings = home.settings()

    def compute() -> dict[str, Any]:
        from stevo_dagster.reports.temporal import read_forecasts

        with reading(settings, DERIVED["forecasts"].reads) as con:
            return {"forecasts": read_forecasts(con, k=settings.k_anonymity)}

    values = {"k": settings.k_anonymity}
    yield materialised(make(context, settings, ["forecasts"], compute, values=values)["forecasts"])


ASSETS = [find_cycles, forecast_days]
