"""CSV in the event contract: a header, one record a line, double quotes around fields.

Belongs here: from named columns of text to contract columns. Does not belong here: types
(`base/convert.py`) or ranges (`ingest/validate.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pyarrow as pa

from stevo_dagster.sources.base.chunk import Chunk, Source
from stevo_dagster.sources.base.contract import FIELD_NAMES, REQUIRED_COLUMNS
from stevo_dagster.sources.base.convert import blank_to_null, columns_from_texts
from stevo_dagster.sources.base.extras import extra_column, json_text
from stevo_dagster.sources.base.headers import named_columns
from stevo_dagster.sources.base.text_chunks import chunk_of, line_blocks


def chunks(source: Source) -> Iterator[Chunk]:
    """The file's records, mapped; columns outside the contract are kept in `extra`."""
    for block, texts in named_columns(line_blocks(source), source.name, REQUIRED_COLUMNS):
        columns = columns_from_texts(texts, block.faults)
        unknown = {
            name: blank_to_null(column) for name, column in texts.items() if name not in FIELD_NAMES
        }
        columns["extra"] = merged_extra(unknown, len(block))
        yield chunk_of(block, columns)


def merged_extra(unknown: dict[str, pa.Array], length: int) -> pa.Array:
    """JSON texts of the unknown columns; a column `extra` that holds objects is merged in."""
    given = unknown.pop("extra", None)
    found = extra_column(unknown, length)
    if given is None or given.null_count == len(given):
        return found
    texts = [
        _merged(own, other) for own, other in zip(given.to_pylist(), found.to_pylist(), strict=True)
    ]
    return pa.array(texts, pa.string())


def _merged(own: str | None, other: str | None) -> str | None:
    if own is None:
        return other
    try:
        values = json.loads(own)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        values = {"extra": own}
    try:
        return json_text({**values, **json.loads(other or "{}")})
    except (ValueError, RecursionError):
        return json_text({"extra": own, **json.loads(other or "{}")})
