"""Lines and files: the table as JSONL, CSV or Parquet.

Belongs here: how an event is written, one by one or by the million. Does not belong here: which
lines are dirty (`dirt.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stevo_dagster.sources.simulator.columns import SCHEMA

FORMATS = ("jsonl", "csv", "parquet")
CSV_HEADER = ",".join(SCHEMA.names).encode()
BOM = b"\xef\xbb\xbf"
BATCH = 100_000
TIMES = ("event_at", "received_at")


def lines(table: pa.Table, format: str) -> list[bytes]:
    """Every row as one line without its ending; nulls are left out (JSONL) or empty (CSV)."""
    found: list[bytes] = []
    for batch in table.to_batches(max_chunksize=BATCH):
        texts = _json_lines(batch) if format == "jsonl" else _csv_lines(batch)
        found.extend(texts.cast(pa.binary()).to_pylist())
    return found


def record(table: pa.Table, row: int) -> dict[str, Any]:
    """One row as plain values, times as text, nulls left out, whole numbers without a point.

    So `encode` gives the very bytes that `lines` gives.
    """
    (values,) = table.slice(row, 1).to_pylist()
    for name in TIMES:
        values[name] = time_text(values[name])
    return {name: _shortest(value) for name, value in values.items() if value is not None}


def _shortest(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def time_text(moment: datetime) -> str:
    """ISO 8601 with Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def encode(values: dict[str, Any], format: str) -> bytes:
    """One record of any values as a line; CSV drops what has no column."""
    if format == "jsonl":
        return json.dumps(values, separators=(",", ":")).encode()
    cells = ("" if values.get(name) is None else str(values[name]) for name in SCHEMA.names)
    return ",".join(cells).encode()


def write_lines(path: Path, content: Iterable[bytes], format: str, *, bom: bool = False) -> None:
    """Write lines, under a header for CSV; the file appears whole or not at all."""
    part = path.with_name(path.name + ".part")
    with part.open("wb") as handle:
        handle.write(BOM if bom else b"")
        if format == "csv":
            handle.write(CSV_HEADER + b"\n")
        handle.writelines(line + b"\n" for line in content)
    part.replace(path)


def write_parquet(path: Path, table: pa.Table) -> None:
    """Write a table; the file appears whole or not at all."""
    part = path.with_name(path.name + ".part")
    pq.write_table(table, part, compression="zstd", row_group_size=BATCH)
    part.replace(path)


def parquet_rows(records: list[dict[str, Any]]) -> pa.Table:
    """Records with times as text as a table of the contract's types."""
    typed = [
        {
            name: datetime.fromisoformat(value) if name in TIMES and value is not None else value
            for name, value in values.items()
        }
        for values in records
    ]
    return pa.Table.from_pylist(typed, schema=SCHEMA)


def _texts(batch: pa.RecordBatch, name: str) -> pa.Array:
    column = batch.column(name)
    if name in TIMES:
        return pc.strftime(column.cast(pa.timestamp("s", tz="UTC")), format="%Y-%m-%dT%H:%M:%SZ")
    return column.cast(pa.string())


def _json_lines(batch: pa.RecordBatch) -> pa.Array:
    """No text the simulator makes needs escaping, so quotes are all there is to add."""
    pieces = []
    for index, name in enumerate(SCHEMA.names):
        quote = "" if SCHEMA.field(name).type == pa.float64() else '"'
        before = f'{"," if index else "{"}"{name}":{quote}'
        piece = pc.binary_join_element_wise(before, _texts(batch, name), quote, "")
        pieces.append(pc.fill_null(piece, ""))
    return pc.binary_join_element_wise(*pieces, "}", "")


def _csv_lines(batch: pa.RecordBatch) -> pa.Array:
    cells = [pc.fill_null(_texts(batch, name), "") for name in SCHEMA.names]
    return pc.binary_join_element_wise(*cells, ",")
