"""One pass over a landed file: each line is a candidate event, quarantined or suppressed.

Belongs here: the pass, in bounded memory, into Parquet files of the run's staging. Does not belong
here: anything that needs other lines or files (`settle.py`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stevo_dagster.ingest.landing import Landed
from stevo_dagster.ingest.pseudonym import Pseudonyms
from stevo_dagster.ingest.validate import Rules, validate
from stevo_dagster.sources.base.chunk import Chunk
from stevo_dagster.sources.base.contract import ARROW_TYPES, FIELDS, INSTANT
from stevo_dagster.sources.base.faults import FileProblem

PLACE = [
    pa.field("line_number", pa.int64()),
    pa.field("byte_offset", pa.int64()),
    pa.field("byte_length", pa.int64()),
]
CANDIDATES = pa.schema(
    [
        *(pa.field(field.name, ARROW_TYPES[field.kind]) for field in FIELDS),
        pa.field("extra", pa.string()),
        *PLACE,
    ]
)
REFUSED = pa.schema(
    [
        *PLACE,
        pa.field("reason", pa.string()),
        pa.field("field", pa.string()),
        pa.field("message", pa.string()),
        pa.field("raw", pa.binary()),
    ]
)


@dataclass(frozen=True)
class Parsed:
    """What one pass found.

    Args:
        candidates: Parquet of CANDIDATES, lines that are events as far as they alone can tell.
        refused: Parquet of REFUSED, lines that are not.
        lines: all lines of the pass.
        refused_lines, suppressed: how many of them ended there.
    """

    candidates: Path
    refused: Path
    lines: int
    refused_lines: int
    suppressed: int


def parse(
    landed: Landed,
    folder: Path,
    rules: Rules,
    names: Pseudonyms,
    suppressed: frozenset[str],
    only: Collection[int] | None = None,
) -> Parsed:
    """Read a landed file once.

    Args:
        landed: the file.
        folder: where the two Parquet files are written.
        rules: limits of the values.
        names: makes pseudonyms.
        suppressed: pseudonyms whose lines are only counted.
        only: line numbers to look at, for a replay; None means all.

    Raises:
        FileProblem: the file cannot be read, or holds no lines.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = folder / "candidates.parquet", folder / "refused.parquet"
    lines = refused_lines = suppressed_lines = 0
    wanted = None if only is None else np.fromiter(only, dtype=np.int64)
    with (
        pq.ParquetWriter(paths[0], CANDIDATES, compression="zstd") as candidates,
        pq.ParquetWriter(paths[1], REFUSED, compression="zstd") as refused,
    ):
        for chunk in landed.reader.chunks(landed.opened()):
            looked_at = (
                np.ones(len(chunk), bool) if wanted is None else np.isin(chunk.number, wanted)
            )
            columns = _filled(chunk, landed.received_at)
            validate(columns, rules, chunk.faults)
            columns["user_id"] = names.column(columns["user_id"])
            hidden = _hidden(columns["user_id"], suppressed) & looked_at
            good = chunk.faults.good(len(chunk)) & looked_at & ~hidden
            bad = looked_at & ~hidden & ~good
            candidates.write_table(_candidates(chunk, columns, good))
            if bad.any():
                refused.write_table(_refused(chunk, bad))
            lines += int(looked_at.sum())
            refused_lines += int(bad.sum())
            suppressed_lines += int(hidden.sum())
    if not lines and only is None:
        raise FileProblem("the file holds no lines", where=landed.name)
    return Parsed(*paths, lines, refused_lines, suppressed_lines)


def _filled(chunk: Chunk, landed_at: datetime) -> dict[str, pa.Array]:
    """Every column of the contract: missing ones null, received_at the landing where not given."""
    found = {
        field.name: chunk.columns.get(field.name, pa.nulls(len(chunk), ARROW_TYPES[field.kind]))
        for field in FIELDS
    }
    found["extra"] = chunk.columns.get("extra", pa.nulls(len(chunk), pa.string()))
    found["received_at"] = pc.fill_null(found["received_at"], pa.scalar(landed_at, INSTANT))
    return found


def _hidden(user_ids: pa.Array, suppressed: frozenset[str]) -> np.ndarray:
    if not suppressed:
        return np.zeros(len(user_ids), dtype=bool)
    listed = pa.array(sorted(suppressed), pa.string())
    return pc.is_in(user_ids, listed).to_numpy(zero_copy_only=False)


def _candidates(chunk: Chunk, columns: dict[str, pa.Array], good: np.ndarray) -> pa.Table:
    place = {
        "line_number": pa.array(chunk.number),
        "byte_offset": pa.array(chunk.offset),
        "byte_length": pa.array(chunk.length),
    }
    every = pa.table({**columns, **place}).select(CANDIDATES.names).cast(CANDIDATES)
    return every if good.all() else every.filter(pa.array(good))


def _refused(chunk: Chunk, bad: np.ndarray) -> pa.Table:
    rows = [
        {
            "line_number": int(chunk.number[row]),
            "byte_offset": int(chunk.offset[row]),
            "byte_length": int(chunk.length[row]),
            "reason": fault.reason,
            "field": fault.field,
            "message": fault.message,
            "raw": chunk.raw(row),
        }
        for row, fault in chunk.faults
        if bad[row]
    ]
    return pa.Table.from_pylist(rows, schema=REFUSED)


def raw_lines(landed: Landed, numbers: Collection[int]) -> dict[int, bytes | None]:
    """The bytes of some lines, by line number; None where a line is over the cap."""
    wanted, found = set(numbers), dict[int, bytes | None]()
    if not wanted:
        return found
    for chunk in landed.reader.chunks(landed.opened()):
        for row in np.flatnonzero(np.isin(chunk.number, list(wanted))):
            found[int(chunk.number[row])] = chunk.raw(int(row))
        if len(found) == len(wanted):
            break
    return found
