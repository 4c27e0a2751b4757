"""Parquet in the event contract, plain or packed with gzip.

Belongs here: from record batches to contract columns. Does not belong here: types
(`base/convert.py`) or ranges (`ingest/validate.py`).
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from stevo_dagster.sources.base.chunk import Chunk, Source
from stevo_dagster.sources.base.contract import FIELD_NAMES, REQUIRED_COLUMNS
from stevo_dagster.sources.base.convert import columns_from_arrow
from stevo_dagster.sources.base.faults import Faults, FileProblem
from stevo_dagster.sources.base.parquet import batches, chunk_of_records, json_values
from stevo_dagster.sources.events_csv import merged_extra


def chunks(source: Source) -> Iterator[Chunk]:
    """The file's records, mapped; columns outside the contract are kept in `extra`.

    Raises:
        FileProblem: unreadable, or a required column is missing.
    """
    number = 1
    for batch in batches(source.files["file"], source.name):
        missing = [name for name in REQUIRED_COLUMNS if name not in batch.schema.names]
        if missing:
            raise FileProblem(f"the file has no column {', '.join(missing)}", where=source.name)
        yield _chunk(batch, number)
        number += batch.num_rows


def _chunk(batch: pa.RecordBatch, number: int) -> Chunk:
    faults = Faults()
    columns = columns_from_arrow(batch, faults)
    unknown = {
        name: _plain(batch.column(name)) for name in batch.schema.names if name not in FIELD_NAMES
    }
    columns["extra"] = merged_extra(unknown, batch.num_rows)
    return chunk_of_records(batch, number, columns, faults)


def _plain(column: pa.Array) -> pa.Array:
    if pa.types.is_string(column.type) or pa.types.is_integer(column.type):
        return column
    values = json_values(column)
    kinds = {type(value) for value in values if value is not None}
    return pa.array(values if len(kinds) < 2 else [v if v is None else str(v) for v in values])
