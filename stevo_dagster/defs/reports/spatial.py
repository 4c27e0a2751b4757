"""Patterns in space: hot spots.

Belongs here: reading marts and calling `stevo_dagster.reports.spatial_inputs`. Does not belong
here: statistics.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from models_ml.patterns.spatial.contracts import HOT_SPOT_COLUMNS
from stevo_dagster.defs.labels import Group, Owner
from stevo_dagster.defs.making import make, reading, spec
from stevo_dagster.defs.outcome import column_schema, materialised
from stevo_dagster.defs.resources import HomeResource
from stevo_dagster.derived import DERIVED


@dg.multi_asset(
    name="find_hot_spots",
    specs=[
        spec(
            "hot_spots",
            Group.reports,
            Owner.insight,
            "Places that wake up, fade or stay busy, by event type: Gi* and its trend, q-values.",
            kinds={"scipy"},
        )
    ],
)
def find_hot_spots(context: dg.AssetExecutionContext, home: HomeResource) -> Iterator[Any]:
    """The hot_spots table; empty without coordinates or with less than ten days."""
    settings = home.settings()

    def compute() -> dict[str, Any]:
        from stevo_dagster.reports.spatial_inputs import read_hot_spots

        with reading(settings, DERIVED["hot_spots"].reads) as con:
            return {"hot_spots": read_hot_spots(con, settings.k_anonymity)}

    values = {"k": settings.k_anonymity}
    made = make(context, settings, ["hot_spots"], compute, values=values)["hot_spots"]
    yield materialised(made, {"dagster/column_schema": column_schema(made, HOT_SPOT_COLUMNS)})


ASSETS = [find_hot_spots]
