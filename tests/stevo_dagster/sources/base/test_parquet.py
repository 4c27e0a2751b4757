"""Parquet rows as chunks: batches that tile the file, rows shown as JSON, and files refused."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stevo_dagster.sources.base import parquet
from stevo_dagster.sources.base.chunk import Chunk
from stevo_dagster.sources.base.faults import Faults, FileProblem
from stevo_dagster.sources.base.parquet import MAGIC, parquet_chunks
from tests.stevo_dagster.sources.kit import reasons


def chunks(path: Path, required: Iterable[str] = ("user_id",)) -> list[Chunk]:
    """Chunks whose users come through, and in which user 3 is blamed."""

    def columns(batch: pa.RecordBatch, faults: Faults) -> dict[str, pa.Array]:
        users = batch.column("user_id")
        rows = [row for row, user in enumerate(users.to_pylist()) if user == 3]
        faults.add_rows(rows, "blamed", "user_id", "three")
        return {"user_id": users}

    return list(parquet_chunks(path, "web.parquet", tuple(required), columns))


def test_batches_tile_the_rows(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(parquet, "BATCH_ROWS", 4)
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"user_id": range(10)}), path, row_group_size=3)
    found = chunks(path)
    assert len(found) > 1
    assert [number for chunk in found for number in chunk.number.tolist()] == list(range(1, 11))
    users = [user for chunk in found for user in chunk.columns["user_id"].to_pylist()]
    assert users == list(range(10))
    blamed = [int(chunk.number[row]) for chunk in found for row in reasons(chunk.faults)]
    assert blamed == [4]
    assert {int(at) for chunk in found for at in [*chunk.offset, *chunk.length]} == {-1}


def test_a_packed_file_reads_as_the_plain_one_and_leaves_no_copy(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(parquet, "BATCH_ROWS", 4)
    plain, packed = tmp_path / "a.parquet", tmp_path / "b.parquet.gz"
    pq.write_table(pa.table({"user_id": range(10)}), plain)
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    one, other = chunks(plain), chunks(packed)
    assert [c.columns["user_id"] for c in other] == [c.columns["user_id"] for c in one]
    assert [c.raw(1) for c in other] == [c.raw(1) for c in one]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.parquet", "b.parquet.gz"]


def test_a_packed_file_that_is_cut_off_is_refused(tmp_path) -> None:
    path = tmp_path / "a.parquet.gz"
    pq.write_table(pa.table({"user_id": range(10)}), tmp_path / "a.parquet")
    path.write_bytes(gzip.compress((tmp_path / "a.parquet").read_bytes())[:-20])
    with pytest.raises(FileProblem, match="unreadable gzip"):
        chunks(path)


def test_a_rows_bytes_are_its_json(tmp_path) -> None:
    path = tmp_path / "a.parquet"
    at = datetime(2024, 3, 1, tzinfo=UTC)
    rows = [{"user_id": 1, "at": None, "tags": ["a"]}, {"user_id": 2, "at": at, "tags": None}]
    pq.write_table(pa.Table.from_pylist(rows), path)
    (chunk,) = chunks(path)
    assert json.loads(chunk.raw(0) or b"") == rows[0]
    assert json.loads(chunk.raw(1) or b"") == {**rows[1], "at": "2024-03-01 00:00:00+00:00"}


def test_columns_that_lack_are_named(tmp_path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"user_id": [1]}), path)
    with pytest.raises(FileProblem, match=r"lacks columns event_at, item_id\n  where: web\.parq"):
        chunks(path, ["event_at", "user_id", "item_id"])


def test_columns_that_are_there_twice_are_named(tmp_path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table([pa.array([1])] * 3, names=["user_id", "b", "b"]), path)
    with pytest.raises(FileProblem, match="has columns b twice"):
        chunks(path)


@pytest.mark.parametrize("content", [b"", b"user_id\n1\n", MAGIC, MAGIC + bytes(100) + MAGIC])
def test_what_is_no_parquet_is_refused(tmp_path, content) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(content)
    with pytest.raises(
        FileProblem, match=r"(?s)unreadable Parquet: .*\n  where: web\.parquet, after 0"
    ):
        chunks(path)


def test_a_page_whose_checksum_is_wrong_is_refused_with_the_rows_before_it(
    tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(parquet, "BATCH_ROWS", 500)
    path = tmp_path / "a.parquet"
    users = [f"user-{number}" for number in range(1_000)]
    pq.write_table(
        pa.table({"user_id": users}),
        path,
        row_group_size=500,
        write_page_checksum=True,
        compression="none",
        use_dictionary=False,
    )
    content = bytearray(path.read_bytes())
    content[content.find(b"user-777")] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(FileProblem, match=r"unreadable Parquet: .*\n  where: .* after 500 rows"):
        chunks(path)


def test_values_that_do_not_convert_are_the_files_fault(tmp_path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"user_id": ["x"]}), path)

    def columns(batch: pa.RecordBatch, faults: Faults) -> dict[str, pa.Array]:
        return {"user_id": batch.column("user_id").cast(pa.int64())}

    with pytest.raises(FileProblem, match=r"unreadable Parquet: .*'x'"):
        list(parquet_chunks(path, "web.parquet", (), columns))


def test_a_failure_of_the_machine_is_not_the_files_fault(tmp_path, monkeypatch) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"user_id": ["u"]}), path)

    def fail(*_: object, **__: object) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(pq, "ParquetFile", fail)
    with pytest.raises(OSError, match="Too many open files"):
        chunks(path)


def test_a_file_that_is_gone_is_not_damaged(tmp_path) -> None:
    with pytest.raises(FileNotFoundError):
        chunks(tmp_path / "gone.parquet")
