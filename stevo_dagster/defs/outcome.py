"""From the lake's manifests to what Dagster shows: metadata of a materialised table.

Belongs here: small conversions every asset shares. Does not belong here: any computation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg

from stevo_dagster.lake import Manifest


def table_metadata(described: Manifest) -> dict[str, Any]:
    """Row count, schema, version and inputs of one published partition."""
    days = sorted(name.split("/day=")[1] for name in described.inputs if "/day=" in name)
    metadata: dict[str, Any] = {
        "dagster/row_count": described.rows,
        "dagster/column_schema": column_schema(described),
        "stevo/version": described.version,
        "stevo/content_hash": described.content_hash,
        "stevo/inputs": len(described.inputs),
    }
    if days:
        metadata["stevo/days"] = f"{days[0]} to {days[-1]}"
    return metadata


def column_schema(
    described: Manifest, descriptions: Mapping[str, str] | None = None
) -> dg.TableSchema:
    """The schema as written."""
    words = descriptions or {}
    return dg.TableSchema(
        [
            dg.TableColumn(column["name"], column["type"], words.get(column["name"]))
            for column in described.schema
        ]
    )


def materialised(
    described: Manifest, extra: Mapping[str, Any] | None = None
) -> dg.MaterializeResult:
    """The result of an undated table, with its version as Dagster's data version."""
    return dg.MaterializeResult(
        asset_key=described.table,
        metadata={**table_metadata(described), **(extra or {})},
        data_version=dg.DataVersion(described.version),
    )
