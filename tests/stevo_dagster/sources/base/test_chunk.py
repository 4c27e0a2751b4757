"""What every reader promises of its chunks, on a sample of each format."""

from __future__ import annotations

from pathlib import Path

import pytest

from stevo_dagster.sources.base.chunk import Chunk, Reader, Source, single_file
from stevo_dagster.sources.base.contract import ARROW_TYPES, FIELDS
from stevo_dagster.sources.registry import READERS
from tests.stevo_dagster.sources.kit import SAMPLES

TYPES = {field.name: ARROW_TYPES[field.kind] for field in FIELDS} | {"extra": ARROW_TYPES["text"]}


@pytest.fixture(params=READERS)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Reader, Source, list[Chunk]]:
    """A sample of each format, read."""
    reader = READERS[request.param]
    path = SAMPLES[request.param](tmp_path / "sample")
    source = Source(path.name, reader.find(path))
    return reader, source, list(reader.chunks(source))


def test_columns_are_of_the_contract_and_as_long_as_the_chunk(opened) -> None:
    _, _, chunks = opened
    assert chunks
    for chunk in chunks:
        assert {name: column.type for name, column in chunk.columns.items()} == {
            name: TYPES[name] for name in chunk.columns
        }
        lengths = [*map(len, chunk.columns.values()), len(chunk.offset), len(chunk.length)]
        assert set(lengths) == {len(chunk)}
        assert {row for row, _ in chunk.faults} <= set(range(len(chunk)))
        assert chunk.faults.good(len(chunk)).any()


def test_numbers_rise(opened) -> None:
    _, _, chunks = opened
    numbers = [int(number) for chunk in chunks for number in chunk.number]
    assert numbers == sorted(set(numbers))
    assert numbers[0] >= 1


def test_a_lines_bytes_are_where_it_says(opened) -> None:
    reader, source, chunks = opened
    content = b"".join(source.files[role].read_bytes() for role in reader.line_roles)
    for chunk in chunks:
        for row, (offset, length) in enumerate(zip(chunk.offset, chunk.length, strict=True)):
            raw = chunk.raw(row)
            assert raw
            if reader.format == "completejourney":
                assert (offset, length) == (-1, -1), "rows of Parquet have no bytes of their own"
            else:
                assert content[offset : offset + length] == raw


def test_reading_again_says_the_same(opened) -> None:
    reader, source, chunks = opened
    again = list(reader.chunks(source))
    assert [chunk.columns for chunk in again] == [chunk.columns for chunk in chunks]
    assert [list(chunk.faults) for chunk in again] == [list(chunk.faults) for chunk in chunks]


def test_folders_are_told_from_files(opened) -> None:
    reader, source, _ = opened
    assert set(reader.line_roles) <= set(source.files)
    assert reader.is_folder == (len(source.files) > 1)


def test_a_single_file_is_the_path_itself(tmp_path) -> None:
    assert single_file(tmp_path / "a") == {"file": tmp_path / "a"}
