"""The event contract that every source is mapped to: columns, types, and which are required.

Belongs here: names and types alone. Does not belong here: checking values
(`ingest/validate.py`) or converting them (`convert.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

Kind = Literal["text", "double", "int", "instant"]

EVENT_TYPES = (
    "click",
    "browse",
    "search",
    "cart",
    "purchase",
    "review",
    "favourite",
    "check_in",
)

INSTANT = pa.timestamp("us", tz="UTC")

ARROW_TYPES: dict[Kind, pa.DataType] = {
    "text": pa.string(),
    "double": pa.float64(),
    "int": pa.int32(),
    "instant": INSTANT,
}


@dataclass(frozen=True)
class Field:
    """One column of the contract that a line may carry."""

    name: str
    kind: Kind


# Zone columns stand before the times: a time without a zone is read with their help.
FIELDS = (
    Field("event_id", "text"),
    Field("user_id", "text"),
    Field("event_type", "text"),
    Field("time_zone", "text"),
    Field("utc_offset_minutes", "int"),
    Field("event_at", "instant"),
    Field("received_at", "instant"),
    Field("item_id", "text"),
    Field("category", "text"),
    Field("latitude", "double"),
    Field("longitude", "double"),
    Field("session_id", "text"),
    Field("dwell_seconds", "double"),
    Field("amount", "double"),
    Field("rating", "double"),
    Field("query", "text"),
)

FIELD_NAMES = tuple(field.name for field in FIELDS)

# Columns a CSV or Parquet file cannot do without; item_id may be absent from a file of searches.
REQUIRED_COLUMNS = ("user_id", "event_type", "event_at")
