"""Parquet rows as chunks: page checksums checked, and a row's bytes shown as JSON.

Belongs here: opening Parquet and batches of it. Does not belong here: what columns mean.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from stevo_dagster.sources.base.chunk import Chunk
from stevo_dagster.sources.base.faults import Faults, FileProblem
from stevo_dagster.sources.base.stream import seekable

MAGIC = b"PAR1"
BATCH_ROWS = 50_000


def parquet_chunks(
    path: Path,
    name: str,
    required: tuple[str, ...],
    columns: Callable[[pa.RecordBatch, Faults], dict[str, pa.Array]],
) -> Iterator[Chunk]:
    """The rows of a Parquet file, which may be packed by gzip.

    Args:
        path: the landed file.
        name: what the user calls it.
        required: columns it must have.
        columns: from a batch to contract columns, blaming rows.

    Raises:
        FileProblem: not Parquet, damaged, or a column is missing or there twice.
    """
    done = 0
    try:
        with seekable(path, name) as source:
            file = pq.ParquetFile(source, page_checksum_verification=True)
            _check_columns(file.schema_arrow.names, required, name)
            for batch in file.iter_batches(BATCH_ROWS):
                faults = Faults()
                number = np.arange(done + 1, done + 1 + len(batch), dtype=np.int64)
                nowhere = np.full(len(batch), -1, dtype=np.int64)
                found = columns(batch, faults)
                yield Chunk(number, nowhere, nowhere, found, faults, _raw(batch))
                done += len(batch)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        if getattr(error, "errno", None) is not None:
            raise  # The machine's failure, such as too many open files: not the file's fault.
        raise FileProblem(
            f"unreadable Parquet: {error}", where=f"{name}, after {done} rows"
        ) from None


def _check_columns(names: list[str], required: tuple[str, ...], name: str) -> None:
    missing = [wanted for wanted in required if wanted not in names]
    if missing:
        raise FileProblem(f"the file lacks columns {', '.join(missing)}", where=name)
    twice = sorted({column for column in names if names.count(column) > 1})
    if twice:
        raise FileProblem(f"the file has columns {', '.join(twice)} twice", where=name)


def _raw(batch: pa.RecordBatch) -> Callable[[int], bytes]:
    def raw(row: int) -> bytes:
        (values,) = batch.slice(row, 1).to_pylist()
        return json.dumps(values, default=str).encode()

    return raw
