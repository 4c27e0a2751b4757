"""Names that assets share: groups, owners, kinds.

Assets get their `.value`: Dagster's code server sends plain texts, and refuses other enums.

Belongs here: the vocabulary, so that a typing mistake cannot make a new owner. No logic.
"""

from __future__ import annotations

from enum import StrEnum


class Group(StrEnum):
    """Groups of assets, named as the folders of `defs/`."""

    ingest = "ingest"
    warehouse = "warehouse"
    features = "features"
    models = "models"
    predictions = "predictions"
    reports = "reports"
    release = "release"


class Owner(StrEnum):
    """Teams that answer for assets."""

    data = "team:data-platform"
    science = "team:data-science"
    insight = "team:insight"


RESTRICTED = {"access": "restricted"}
SHARED = {"access": "shared"}


def access_tags(table: str) -> dict[str, str]:
    """The tag that says who may read a table."""
    from stevo_dagster.lake.access import is_restricted

    return RESTRICTED if is_restricted(table) else SHARED
