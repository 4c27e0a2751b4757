"""Fields that the contract does not know, kept as JSON text.

Belongs here: making the `extra` column. Does not belong here: fields of the contract.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa


def json_text(values: Mapping[str, Any]) -> str:
    """Sorted compact JSON, so that equal values give equal bytes.

    Raises:
        ValueError: a value is not finite.
    """
    return json.dumps(values, sort_keys=True, separators=(",", ":"), allow_nan=False)


def extra_column(columns: Mapping[str, pa.Array], length: int) -> pa.Array:
    """JSON texts of shape (n,) from named columns; nulls are left out, nothing left is null."""
    if not columns:
        return pa.nulls(length, pa.string())
    listed = {name: column.to_pylist() for name, column in sorted(columns.items())}
    names = list(listed)
    found: list[str | None] = []
    for row in zip(*listed.values(), strict=True):
        kept = {name: value for name, value in zip(names, row, strict=True) if value is not None}
        found.append(json_text(kept) if kept else None)
    return pa.array(found, pa.string())
