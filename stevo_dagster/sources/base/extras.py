"""Fields that the contract does not know, kept as JSON text.

Belongs here: making the `extra` column. Does not belong here: fields of the contract.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from stevo_dagster.sources.base.faults import Faults

# One encoder for all rows: `json.dumps` with options makes one a call, which is half its time.
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False, default=str)


def json_text(values: Mapping[str, Any]) -> str:
    """Sorted compact JSON, so that equal values give equal bytes; what JSON lacks becomes text.

    Raises:
        ValueError: a value is not finite.
    """
    return _ENCODER.encode(values)


def extra_column(columns: Mapping[str, pa.Array], faults: Faults, length: int) -> pa.Array:
    """JSON texts of shape (n,) from named columns; nulls are left out, nothing left is null."""
    if not columns:
        return pa.nulls(length, pa.string())
    listed = {name: column.to_pylist() for name, column in sorted(columns.items())}
    return extra_texts(
        [dict(zip(listed, row, strict=True)) for row in zip(*listed.values(), strict=True)], faults
    )


def extra_texts(rows: list[dict[str, Any]], faults: Faults) -> pa.Array:
    """JSON texts of shape (n,) from the unknown fields of each row."""
    found: list[str | None] = []
    for row, values in enumerate(rows):
        kept = {name: value for name, value in values.items() if value is not None}
        try:
            found.append(json_text(kept) if kept else None)
        except ValueError:
            faults.add(row, "not_finite", "extra", "an unknown field is not finite, so not JSON")
            found.append(None)
    return pa.array(found, pa.string())
