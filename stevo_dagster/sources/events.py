"""Reader `events`: files in stevo's own event contract, as JSON lines, CSV or Parquet.

Belongs here: telling the three apart, CSV and Parquet. Does not belong here: JSON
(`events_jsonl.py`).
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from stevo_dagster.sources import events_jsonl
from stevo_dagster.sources.base.chunk import Chunk, Reader, Source, single_file
from stevo_dagster.sources.base.contract import FIELD_NAMES, REQUIRED_COLUMNS
from stevo_dagster.sources.base.convert import (
    blank_to_null,
    columns_from_arrow,
    columns_from_texts,
)
from stevo_dagster.sources.base.extras import extra_column
from stevo_dagster.sources.base.faults import Faults
from stevo_dagster.sources.base.parquet import MAGIC, parquet_chunks
from stevo_dagster.sources.base.stream import head
from stevo_dagster.sources.base.text_chunks import chunk_of, line_blocks, named_blocks

_JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")
_LOOK = 1 << 16


def _chunks(source: Source) -> Iterator[Chunk]:
    name = source.name.removesuffix(".gz")
    start = head(source.files["file"], source.name, _LOOK)
    if start.startswith(MAGIC):
        return parquet_chunks(source.files["file"], source.name, REQUIRED_COLUMNS, _from_arrow)
    if name.endswith(".csv") or (not name.endswith(_JSON_SUFFIXES) and _is_csv(start)):
        return _csv_chunks(source)
    return events_jsonl.chunks(source)


def _is_csv(start: bytes) -> bool:
    first = start.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0]
    return not first.lstrip().startswith((b"{", b"[")) and b"," in first


def _csv_chunks(source: Source) -> Iterator[Chunk]:
    for block, fields in named_blocks(line_blocks(source), source.name, REQUIRED_COLUMNS):
        columns = columns_from_texts(fields, block.faults)
        unknown = {k: blank_to_null(v) for k, v in fields.items() if k not in FIELD_NAMES}
        columns["extra"] = extra_column(unknown, block.faults, len(block))
        yield chunk_of(block, columns)


def _from_arrow(batch: pa.RecordBatch, faults: Faults) -> dict[str, pa.Array]:
    columns = columns_from_arrow(batch, faults)
    unknown = {n: batch.column(n) for n in batch.schema.names if n not in FIELD_NAMES}
    columns["extra"] = extra_column(unknown, faults, len(batch))
    return columns


READER = Reader(
    format="events",
    description="the event contract, as JSON lines, CSV or Parquet; each may be .gz",
    find=single_file,
    chunks=_chunks,
)
