"""Lines of any bytes, read in blocks of any size: their numbers, places, bytes and the cap."""

from __future__ import annotations

import hashlib
import io
import re

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import settings as cases
from hypothesis import strategies as st

from stevo_dagster.sources.base import lines
from stevo_dagster.sources.base.faults import FileProblem
from stevo_dagster.sources.base.lines import LineBlock, LineReader
from tests.stevo_dagster.sources.kit import block_of, blocks_of, reasons

CAP = 6
BOM = b"\xef\xbb\xbf"
BYTES = st.lists(st.sampled_from([b"a", b"b\n", b"\n", b"\r", b"\r\n", b" ", b"cdefg", b"\xff"]))
Line = tuple[int, int, bytes]


@pytest.fixture(autouse=True)
def small_limits(monkeypatch) -> None:
    """A cap that lines of a few bytes pass, and blocks of a few lines."""
    monkeypatch.setattr(lines, "MAX_LINE_BYTES", CAP)
    monkeypatch.setattr(lines, "MAX_LINES", 3)


def naive(content: bytes) -> list[Line]:
    """Number, offset and bytes of every line, blank ones too."""
    start = len(BOM) if content.startswith(BOM) else 0
    pieces = content[start:].split(b"\n")
    found = []
    for number, piece in enumerate(pieces[:-1] if not pieces[-1] else pieces, start=1):
        found.append((number, start, piece.removesuffix(b"\r")))
        start += len(piece) + 1
    return found


def read_in_blocks(
    content: bytes, size: int, *, keep_blank: bool = False
) -> tuple[list[LineBlock], LineReader]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "BLOCK_BYTES", size)
        reader = LineReader(io.BytesIO(content), keep_blank=keep_blank)
        return list(reader.blocks()), reader


def placed(blocks: list[LineBlock], content: bytes) -> list[Line]:
    """As `naive`, by the offsets and lengths that the reader gave."""
    return [
        (int(number), int(offset), content[offset : offset + length])
        for block in blocks
        for number, offset, length in zip(block.number, block.offset, block.length, strict=True)
    ]


@cases(deadline=None, max_examples=300)
@given(BYTES.map(b"".join), st.booleans(), st.integers(4, 40), st.booleans())
@example(b"x" * CAP + b"\r\nb", False, CAP + 1, False)
@example(b" " * (CAP + 2) + b"\nb", False, CAP + 2, False)
@example(b" " * (CAP + 2) + b"\nb", False, 40, False)
def test_lines_tile_the_file_whatever_the_block(content, has_bom, size, keep_blank) -> None:
    content = BOM + content if has_bom else content
    blocks, reader = read_in_blocks(content, size, keep_blank=keep_blank)
    wanted = naive(content)
    kept = [line for line in wanted if keep_blank or len(line[2]) > CAP or line[2].strip()]
    assert placed(blocks, content) == kept
    raw = [line for block in blocks for line in block.raw]
    assert raw == [None if len(line) > CAP else line for _, _, line in kept]
    assert all(len(block) and len(block) <= 3 for block in blocks)
    if wanted:
        assert (reader.next_number, reader.next_offset) == (wanted[-1][0] + 1, len(content))


@cases(deadline=None, max_examples=100)
@given(st.binary(min_size=CAP + 1).filter(lambda raw: b"\n" not in raw), st.integers(4, 40))
def test_a_long_line_is_blamed_with_its_length_and_hash(line, size) -> None:
    line = b"x" + line.rstrip(b"\r")[:100] + b"x" * CAP
    for ending in (b"\n", b"\r\n", b"", b"\r"):
        ((block, *rest), _) = read_in_blocks(line + ending + b"", size)
        ((row, fault),) = block.faults
        assert (row, fault.reason, block.raw, rest) == (0, "line_too_long", [None], [])
        told = re.match(rf"(\d+) bytes where at most {CAP} .*sha256 (\w+);", fault.message)
        assert told
        assert told.groups() == (str(len(line)), hashlib.sha256(line).hexdigest())


def test_a_line_of_exactly_the_cap_is_read() -> None:
    exact, longer = blocks_of(b"x" * CAP + b"\r\n" + b"y" * (CAP + 1))
    assert (exact.raw, reasons(exact.faults)) == ([b"x" * CAP], {})
    assert (longer.raw, reasons(longer.faults)) == ([None], {0: "line_too_long"})


@pytest.mark.parametrize("content", [b"", BOM, b"\n\r\n \n"])
def test_nothing_is_no_lines(content) -> None:
    assert blocks_of(content) == []


@pytest.mark.parametrize("mark", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_refused_with_the_way_out(mark) -> None:
    with pytest.raises(FileProblem, match="UTF-16") as caught:
        blocks_of("\ufeffuser_id,event_type\n".encode(mark))
    assert "iconv -f utf-16" in str(caught.value)


def test_a_second_stream_goes_on_where_the_first_ended() -> None:
    first, second = b"a\nb", b"c\n\nd\n"
    one = LineReader(io.BytesIO(first))
    before = list(one.blocks())
    two = LineReader(io.BytesIO(second), first_number=one.next_number, first_offset=one.next_offset)
    assert placed([*before, *two.blocks()], first + second) == [
        (1, 0, b"a"),
        (2, 2, b"b"),
        (3, 3, b"c"),
        (5, 6, b"d"),
    ]


def test_a_part_of_a_block_keeps_its_faults_by_its_own_rows() -> None:
    block = block_of(b"a", b"bc", b"d", b"e")
    block.faults.add(0, "first", None, "")
    block.faults.add(2, "third", "item_id", "why")
    part = block.rows(1, 3)
    assert (part.raw, part.number.tolist(), part.offset.tolist()) == ([b"bc", b"d"], [2, 3], [2, 5])
    assert np.array_equal(part.length, [2, 1])
    assert [(row, fault.reason, fault.field, fault.message) for row, fault in part.faults] == [
        (1, "third", "item_id", "why")
    ]
