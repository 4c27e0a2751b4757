"""Writing what was settled: days of `events`, then quarantine and conflicts, the ledger last.

Belongs here: staging and publishing in that order. Does not belong here: decisions.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, date, datetime

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stevo_dagster.code import source_hash
from stevo_dagster.ingest.landing import Landed
from stevo_dagster.ingest.ledger import SCHEMA, LedgerRow
from stevo_dagster.ingest.parse import PLACE, REFUSED, Parsed, raw_lines
from stevo_dagster.ingest.settle import day_rows
from stevo_dagster.lake import (
    Lake,
    day_partition,
    files,
    manifest,
    publish,
    scan,
    sql_text,
    write_table,
)
from stevo_dagster.sources.base.contract import INSTANT

CODE = ("stevo_dagster/ingest", "stevo_dagster/sources")
WAIT_SECONDS = 60.0
PUBLISHERS = 4

QUARANTINE = pa.schema(
    [
        *(pa.field(name, pa.string()) for name in ("file_id", "run_id", "source", "format")),
        *REFUSED,
        pa.field("status", pa.string()),
        pa.field("quarantined_at", INSTANT),
    ]
)


def file_partition(file_id: str) -> str:
    """The partition of a file's accounting."""
    return f"file={file_id}"


def stage_days(
    con: duckdb.DuckDBPyConnection, lake: Lake, run_id: str, days: Sequence[date]
) -> dict[date, list[str]]:
    """Stage new versions of days of `events`.

    Returns:
        The ids of the files that each day's rows came in, sorted.
    """
    found = {}
    for day in days:
        path = lake.staged_file(run_id, "events", day_partition(day))
        con.execute(
            f"copy ({day_rows(lake, day)}) to {sql_text(str(path))}"
            " (format parquet, compression zstd)"
        )
        ids = con.execute(f"select distinct file_id from {scan([path])} order by 1").fetchall()
        found[day] = [row[0] for row in ids]
    return found


def publish_days(lake: Lake, run_id: str, days: Mapping[date, Sequence[str]]) -> None:
    """Publish staged days of `events`, several at a time: most of a publication is waiting.

    Args:
        lake: the lake.
        run_id: the run that staged them.
        days: as `stage_days` returned them.
    """

    def publish_day(day: date) -> None:
        publish(
            lake,
            run_id,
            "events",
            day_partition(day),
            code_hash=source_hash(CODE),
            inputs=_originals(days[day]),
            wait_seconds=WAIT_SECONDS,
        )

    with ThreadPoolExecutor(PUBLISHERS) as pool:
        for done in [pool.submit(publish_day, day) for day in days]:
            done.result()


def _originals(file_ids: Sequence[str]) -> dict[str, str]:
    """Landed files as the inputs of a manifest; a file's id is the beginning of its sha256."""
    return {f"landing/{one}": one for one in file_ids}


def refused_rows(landed: Landed, run_id: str, parsed: Parsed) -> pa.Table:
    """The quarantine rows of one pass."""
    return _rows(landed, run_id, pq.read_table(parsed.refused))


def conflict_rows(con: duckdb.DuckDBPyConnection, landed: Landed, run_id: str) -> pa.Table:
    """The conflicting lines, with their bytes, after `settle`."""
    names = [field.name for field in PLACE]
    found = con.execute(
        f"""select {", ".join(names)}, event_id from candidates join fates using (line_number)
        where fate = 'conflict' order by line_number"""
    ).fetchall()
    raw = raw_lines(landed, [row[0] for row in found])
    rows = [
        {
            **dict(zip(names, row[:3], strict=True)),
            "reason": "conflict",
            "field": "event_id",
            "message": f"event_id {row[3]!r} is known with another body",
            "raw": raw[row[0]],
        }
        for row in found
    ]
    return _rows(landed, run_id, pa.Table.from_pylist(rows, schema=REFUSED))


def replayed_quarantine(old: pa.Table, left: Collection[int], run_id: str) -> pa.Table:
    """Quarantine rows with those that left marked as replayed by a run."""
    leaves = pc.is_in(old.column("line_number"), pa.array(sorted(left), pa.int64()))
    status = pc.if_else(leaves, "replayed", old.column("status"))
    runs = pc.if_else(leaves, run_id, old.column("run_id"))
    columns = {name: old.column(name) for name in old.column_names}
    return pa.table({**columns, "status": status, "run_id": runs}).cast(QUARANTINE)


def _rows(landed: Landed, run_id: str, refused: pa.Table) -> pa.Table:
    same = {
        "file_id": landed.file_id,
        "run_id": run_id,
        "source": landed.source,
        "format": landed.format,
        "status": "open",
    }
    columns = {name: pa.repeat(value, len(refused)) for name, value in same.items()}
    columns["quarantined_at"] = pa.repeat(pa.scalar(datetime.now(UTC), INSTANT), len(refused))
    columns |= {name: refused.column(name) for name in refused.column_names}
    return pa.table(columns).select(QUARANTINE.names).cast(QUARANTINE)


def accounting(lake: Lake, table: str, file_id: str) -> pa.Table | None:
    """A file's published rows of `quarantine`, `conflicts` or `ingest_ledger`, or None."""
    if manifest(lake, table, file_partition(file_id)) is None:
        return None
    (path,) = files(lake, table, [file_partition(file_id)])
    return pq.ParquetFile(path).read()


def ledger_of(lake: Lake, file_id: str) -> list[LedgerRow]:
    """A known file's rows of the ledger, the first pass first."""
    table = accounting(lake, "ingest_ledger", file_id)
    assert table is not None
    return [LedgerRow(**row) for row in table.select(SCHEMA.names).to_pylist()]


def publish_accounting(
    lake: Lake,
    run_id: str,
    file_id: str,
    quarantine: pa.Table,
    conflicts: pa.Table,
    ledger: Sequence[LedgerRow],
) -> None:
    """Publish a file's accounting; the ledger is last, and by it the file is known."""
    rows = pa.Table.from_pylist([asdict(row) for row in ledger], schema=SCHEMA)
    for table, data in (
        ("quarantine", quarantine),
        ("conflicts", conflicts),
        ("ingest_ledger", rows),
    ):
        write_table(
            lake,
            run_id,
            table,
            file_partition(file_id),
            data,
            code_hash=source_hash(CODE),
            inputs=_originals([file_id]),
            wait_seconds=WAIT_SECONDS,
        )
