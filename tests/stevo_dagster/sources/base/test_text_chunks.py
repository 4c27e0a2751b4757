"""Headers and fields by name, over blocks of any size; chunks that keep their lines' bytes."""

from __future__ import annotations

import gzip
import io

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as cases
from hypothesis import strategies as st

from stevo_dagster.sources.base import lines
from stevo_dagster.sources.base.chunk import Source
from stevo_dagster.sources.base.faults import FileProblem
from stevo_dagster.sources.base.lines import LineReader
from stevo_dagster.sources.base.text_chunks import (
    chunk_of,
    header_names,
    line_blocks,
    named_blocks,
)
from tests.stevo_dagster.sources.kit import block_of, reasons


@cases(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 999), max_size=12), st.integers(4, 40), st.integers(1, 4))
def test_fields_bear_the_headers_names_in_every_block(values, size, most) -> None:
    content = b"b, a\n" + b"".join(b"%d,%d\n" % (value, -value) for value in values)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "BLOCK_BYTES", size)
        patch.setattr(lines, "MAX_LINES", most)
        found = list(named_blocks(LineReader(io.BytesIO(content)).blocks(), "f", ("a",)))
    rows = [
        (int(number), int(b), int(a))
        for block, fields in found
        for number, b, a in zip(
            block.number, fields["b"].to_pylist(), fields["a"].to_pylist(), strict=True
        )
    ]
    assert rows == [(row, value, -value) for row, value in enumerate(values, start=2)]


def test_a_line_that_is_at_fault_is_blamed_in_its_own_row_below_the_header() -> None:
    block = block_of(b"a\tb", b"1\t2", b"1", b"\xff\t2")
    ((below, fields),) = named_blocks(iter([block]), "f", ("a", "b"), "\t")
    assert below.raw == [b"1\t2", b"1", b"\xff\t2"]
    assert fields["b"].to_pylist() == ["2", None, None]
    assert reasons(below.faults) == {1: "bad_fields", 2: "not_utf8"}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"a", "the header lacks b, c"),
        (b"", "the header lacks a, b, c"),
        (None, "the header lacks a, b, c"),
        (b"a,b,c\xff", "the header lacks a, b, c"),
        (b'a,b,"c', "the header lacks a, b, c"),
        (b"a;b;c", "the header lacks a, b, c"),
        (b"a,b,c,d,d,b", "the header has b, d twice"),
    ],
)
def test_a_header_that_cannot_be_used_is_told(line, message) -> None:
    with pytest.raises(FileProblem) as caught:
        header_names(line, "web.csv", ("a", "b", "c"), ",")
    assert str(caught.value).startswith(f"{message}\n  where: web.csv, line 1")


def test_names_may_be_quoted_and_padded_and_stand_among_others() -> None:
    assert header_names(b'x,"a", b ', "f", ("a", "b"), ",") == ["x", "a", "b"]


def test_lines_of_a_packed_file(tmp_path) -> None:
    (tmp_path / "landed").write_bytes(gzip.compress(b"a\n\nb\n"))
    (block,) = line_blocks(Source("web.jsonl.gz", {"file": tmp_path / "landed"}))
    assert (block.raw, block.number.tolist()) == ([b"a", b"b"], [1, 3])


def test_a_chunk_keeps_its_lines_bytes_places_and_faults() -> None:
    block = block_of(b"a", b"\xff")
    block.faults.add(1, "not_utf8", None, "")
    chunk = chunk_of(block, {"user_id": pa.array(["a", None])})
    assert [chunk.raw(row) for row in range(len(chunk))] == [b"a", b"\xff"]
    assert (chunk.number.tolist(), chunk.offset.tolist()) == ([1, 2], [0, 2])
    assert chunk.length.tolist() == [1, 1]
    assert reasons(chunk.faults) == {1: "not_utf8"}
