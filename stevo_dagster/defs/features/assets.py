"""User and item features, and the sequences that models read.

Belongs here: reading marts, calling `models_ml`, publishing. Does not belong here: formulas.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from stevo_dagster.checks.asset_checks import specs
from stevo_dagster.checks.sequences import sequences_suite
from stevo_dagster.defs.labels import Group, Owner
from stevo_dagster.defs.making import frame, make, make_checked, spec
from stevo_dagster.defs.outcome import materialised
from stevo_dagster.defs.resources import HomeResource
from stevo_dagster.settings import Settings

SUITE = sequences_suite()
NEWEST_WINDOWS = """
select * from agg_user_windows
qualify row_number() over (partition by user_id order by day desc) = 1
order by user_id
"""
# Names and reviews are no fields of the event contract: sources keep them in `extra`.
SEQUENCE_EVENTS = """
select event_id, user_id, event_at, utc_offset_minutes, item_id, category, event_type, latitude,
    longitude, h3_r9, is_holiday, query,
    extra ->> '$.item_name' as item_name,
    coalesce(extra ->> '$.review', extra ->> '$.review_comment_message') as review
from fct_events
order by event_at, event_id
"""


class FeatureConfig(dg.Config):
    """`pca` is the number of principal components of the user vector; 0 keeps it as it is."""

    pca: int = 0


@dg.multi_asset(
    name="build_user_features",
    specs=[
        spec(
            "user_features",
            Group.features,
            Owner.science,
            "One row a user: scaled figures of `dim_users` and of the newest 1, 7 and 28 day"
            " windows; by principal components with `pca`.",
        )
    ],
)
def user_features(
    context: dg.AssetExecutionContext, home: HomeResource, config: FeatureConfig
) -> dg.MaterializeResult:
    """Scaled features of every user."""
    settings = home.settings()

    def compute() -> dict[str, Any]:
        from models_ml.data import features

        users = frame(settings, "dim_users")
        windows = frame(settings, "agg_user_windows", NEWEST_WINDOWS)
        return {"user_features": features.user_features(users, windows, pca=config.pca or None)}

    values = {"pca": config.pca}
    return materialised(
        make(context, settings, ["user_features"], compute, values=values)["user_features"]
    )


@dg.multi_asset(
    name="build_item_features",
    specs=[
        spec(
            "item_features",
            Group.features,
            Owner.science,
            "One row an item: scaled figures of `dim_items`.",
        )
    ],
)
def item_features(context: dg.AssetExecutionContext, home: HomeResource) -> dg.MaterializeResult:
    """Scaled features of every item."""
    settings = home.settings()

    def compute() -> dict[str, Any]:
        from models_ml.data import features

        return {"item_features": features.item_features(frame(settings, "dim_items"))}

    return materialised(make(context, settings, ["item_features"], compute)["item_features"])


@dg.multi_asset(
    name="build_sequences",
    specs=[
        spec(
            "sequences",
            Group.features,
            Owner.science,
            "One row an event in its user's order, with time and space features, split by global"
            " time into train, val and test.",
        )
    ],
    check_specs=specs("sequences", SUITE),
)
def sequences(context: dg.AssetExecutionContext, home: HomeResource) -> Iterator[Any]:
    """The flat table of sequences."""
    settings = home.settings()

    def compute() -> dict[str, Any]:
        return {"sequences": sequence_rows(settings)}

    yield from make_checked(context, settings, SUITE, compute)


def sequence_rows(settings: Settings) -> Any:
    """The rows of `sequences` over the events that are published now, as a DataFrame."""
    from models_ml.data import sequences as library

    return library.build(frame(settings, "fct_events", SEQUENCE_EVENTS))


ASSETS = [user_features, item_features, sequences]
