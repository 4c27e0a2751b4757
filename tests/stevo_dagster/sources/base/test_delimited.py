"""Fields of delimited lines: what csv wrote is read back, and a broken line costs itself alone."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import settings as cases
from hypothesis import strategies as st

from stevo_dagster.sources.base import delimited, lines
from stevo_dagster.sources.base.delimited import MAX_JOINED, decode, join_quoted, split_fields
from stevo_dagster.sources.base.faults import Faults
from stevo_dagster.sources.base.lines import LineReader
from tests.stevo_dagster.sources.kit import block_of, blocks_of, reasons

FIELD = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), max_size=6)
BROKEN_OUT = st.text(st.sampled_from('a", ;\n\r\té'), max_size=6)


def written(rows: list[list[str]], delimiter: str = ",", ending: str = "") -> str:
    """Rows as Python's csv module writes them; it leaves a return bare where lines end without."""
    buffer = io.StringIO()
    has_returns = any("\r" in field for row in rows for field in row)
    quoting = csv.QUOTE_ALL if has_returns else csv.QUOTE_MINIMAL
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=ending, quoting=quoting)
    writer.writerows(rows)
    return buffer.getvalue()


def fields(texts: list[str], width: int, **options: object) -> tuple[list[tuple], dict[int, str]]:
    faults = Faults()
    columns = split_fields(texts, width, faults, **options)  # type: ignore[arg-type]
    return list(zip(*(column.to_pylist() for column in columns), strict=True)), reasons(faults)


def table(field: st.SearchStrategy[str]) -> st.SearchStrategy[list[list[str]]]:
    """Rows of one width, none of which is a blank line."""

    def rows(width: int) -> st.SearchStrategy[list[list[str]]]:
        row = st.lists(field, min_size=width, max_size=width)
        return st.lists(row.filter(lambda row: bool("".join(row).strip())), max_size=5)

    return st.integers(1, 4).flatmap(rows)


@cases(deadline=None, max_examples=200)
@given(table(FIELD), st.sampled_from(",;\t|"))
def test_fields_are_what_csv_wrote(rows, delimiter) -> None:
    width = len(rows[0]) if rows else 3
    texts = [written([row], delimiter) for row in rows]
    found, blamed = fields(texts, width, delimiter=delimiter)
    assert found == [tuple(row) for row in rows]
    assert blamed == {}


@cases(deadline=None, max_examples=300)
@given(table(BROKEN_OUT), st.sampled_from(["\n", "\r\n"]), st.integers(8, 60))
def test_records_with_line_breaks_are_joined_in_their_place(rows, ending, size) -> None:
    content = written(rows, ending=ending).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "BLOCK_BYTES", size)
        blocks = list(join_quoted(LineReader(io.BytesIO(content), keep_blank=True).blocks()))
    raw = [line for block in blocks for line in block.raw]
    assert [
        content[offset : offset + length]
        for block in blocks
        for offset, length in zip(block.offset, block.length, strict=True)
    ] == raw
    found, blamed = fields([line.decode() for line in raw], len(rows[0]) if rows else 1)
    assert found == [tuple(row) for row in rows]
    assert blamed == {}


ANY_LINE = st.text(st.sampled_from('ab", \r;'), max_size=8)


@cases(deadline=None, max_examples=300)
@given(st.lists(ANY_LINE, max_size=6), st.integers(1, 3))
def test_a_lines_fields_do_not_depend_on_its_neighbours(texts, width) -> None:
    together = fields(texts, width)
    alone = [fields([text], width) for text in texts]
    assert together[0] == [row for found, _ in alone for row in found]
    assert together[1] == {row: why[0] for row, (_, why) in enumerate(alone) if why}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('"a,b', "bad_quotes"),
        ('"a"x,b', "bad_quotes"),
        ("a", "bad_fields"),
        ("a,b,c", "bad_fields"),
        ("", "bad_fields"),
    ],
)
def test_a_line_that_does_not_split_is_blamed_and_null(text, reason) -> None:
    found, blamed = fields(["1,2", text, '3,"4"'], 2)
    assert found == [("1", "2"), (None, None), ("3", "4")]
    assert blamed == {1: reason}


def test_a_line_blamed_before_keeps_its_reason() -> None:
    faults = Faults()
    faults.add(0, "not_utf8", None, "")
    (column,) = split_fields(["x"], 1, faults)
    assert column.to_pylist() == [None]
    assert reasons(faults) == {0: "not_utf8"}


def test_quotes_are_letters_where_they_do_not_enclose() -> None:
    assert fields(['"a\tb"'], 2, delimiter="\t", quoted=False) == ([('"a', 'b"')], {})


def test_lines_that_do_not_decode_are_blamed() -> None:
    block = block_of("é".encode(), b"ab\xff", b"a\0b", None)
    block.faults.add(3, "line_too_long", None, "")
    assert decode(block) == ["é", "", "", ""]
    told = {row: (fault.reason, fault.message) for row, fault in block.faults}
    assert told[1] == ("not_utf8", "not utf-8: invalid start byte at byte 2 of the line")
    assert told[2] == ("nul_byte", "NUL at character 1")
    assert told[3][0] == "line_too_long"
    assert decode(block_of(b"\xe9"), "latin-1") == ["é"]


def test_a_quote_left_open_costs_its_own_line() -> None:
    count = MAX_JOINED + 20
    content = b'a,"b\n' + b"c,d\n" * count
    (block,) = join_quoted(iter(blocks_of(content, keep_blank=True)))
    assert (block.raw[0], block.raw[-1], len(block)) == (b'a,"b', b"c,d", count + 1)
    assert fields(decode(block), 2)[1] == {0: "bad_quotes"}


def test_a_record_is_not_joined_beyond_the_cap(monkeypatch) -> None:
    monkeypatch.setattr(delimited, "MAX_LINE_BYTES", 20)
    lines_of_ten = [b'"23456789', b"123456789", b'12345678"']
    (block,) = join_quoted(iter([block_of(*lines_of_ten)]))
    assert block.raw == lines_of_ten
    monkeypatch.setattr(delimited, "MAX_LINE_BYTES", 40)
    (block,) = join_quoted(iter([block_of(*lines_of_ten)]))
    assert block.raw == [b"\n".join(lines_of_ten)]


def test_a_line_over_the_cap_ends_the_joining_and_keeps_its_fault() -> None:
    block = block_of(b'"a', None, b'b"')
    block.faults.add(1, "line_too_long", "event_id", "why")
    (joined,) = join_quoted(iter([block]))
    assert joined.raw == [b'"a', None, b'b"']
    assert [(row, fault.reason, fault.field) for row, fault in joined.faults] == [
        (1, "line_too_long", "event_id")
    ]


def test_blank_lines_stay_inside_quotes_alone() -> None:
    (block,) = join_quoted(iter(blocks_of(b'\na\n \n"b\n\n\nc"\n\n', keep_blank=True)))
    assert block.raw == [b"a", b'"b\n\n\nc"']
    assert block.number.tolist() == [2, 4]
