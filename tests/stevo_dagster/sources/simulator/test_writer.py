"""Lines say what the table says, in every format."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stevo_dagster.sources.simulator.columns import SCHEMA
from stevo_dagster.sources.simulator.writer import (
    BOM,
    encode,
    lines,
    parquet_rows,
    record,
    write_lines,
    write_parquet,
)


def test_json_lines_are_what_a_json_library_would_read(table: pa.Table) -> None:
    some = table.slice(0, 2_000)
    for row, line in enumerate(lines(some, "jsonl")):
        assert json.loads(line) == record(some, row)


def test_csv_lines_are_what_a_csv_library_would_read(table: pa.Table, tmp_path: Path) -> None:
    some = table.slice(0, 2_000)
    write_lines(tmp_path / "e.csv", lines(some, "csv"), "csv")
    with (tmp_path / "e.csv").open(newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert len(rows) == 2_000
    for index, found in enumerate(rows):
        wanted = {name: str(value) for name, value in record(some, index).items()}
        assert {name: value for name, value in found.items() if value} == wanted


@pytest.mark.parametrize("format", ["jsonl", "csv"])
def test_one_record_is_encoded_as_the_many_are(table: pa.Table, format: str) -> None:
    some = table.slice(0, 300)
    one_by_one = [encode(record(some, row), format) for row in range(300)]
    assert one_by_one == lines(some, format)


def test_records_come_back_as_typed_rows(table: pa.Table, tmp_path: Path) -> None:
    some = table.slice(0, 50)
    again = parquet_rows([record(some, row) for row in range(50)])
    write_parquet(tmp_path / "e.parquet", again)
    assert pq.read_table(tmp_path / "e.parquet").equals(some)
    assert again.schema == SCHEMA


def test_a_file_appears_whole_with_its_bom(tmp_path: Path) -> None:
    def broken() -> object:
        yield b"one"
        raise RuntimeError("disk")

    path = tmp_path / "e.jsonl"
    write_lines(path, [b"old"], "jsonl", bom=True)
    with pytest.raises(RuntimeError):
        write_lines(path, broken(), "jsonl")  # type: ignore[arg-type]
    assert path.read_bytes() == BOM + b"old\n"
