"""Delimited text: decoding and splitting lines into fields, one line at a time at fault.

Belongs here: CSV and TSV below the level of columns. Does not belong here: what columns mean.
One broken quote costs its own line and never swallows the next ones; `join_quoted` is for sources
known to write line breaks inside quotes.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from stevo_dagster.sources.base.faults import Faults
from stevo_dagster.sources.base.lines import MAX_LINE_BYTES, LineBlock

MAX_JOINED = 500

csv.field_size_limit(MAX_LINE_BYTES)


def decode(block: LineBlock, encoding: str = "utf-8") -> list[str]:
    """The lines as texts; a line that does not decode, or holds NUL, is blamed and empty."""
    texts: list[str] = []
    for row, raw in enumerate(block.raw):
        try:
            text = (raw or b"").decode(encoding)
        except UnicodeDecodeError as error:
            where = f"byte {error.start} of the line"
            block.faults.add(row, "not_utf8", None, f"not {encoding}: {error.reason} at {where}")
            text = ""
        if "\x00" in text:
            block.faults.add(row, "nul_byte", None, f"NUL at character {text.index(chr(0))}")
            text = ""
        texts.append(text)
    return texts


def split_fields(
    texts: list[str], width: int, faults: Faults, *, delimiter: str = ",", quoted: bool = True
) -> list[pa.Array]:
    """Split lines into `width` columns of strings; lines that do not split so are blamed.

    Args:
        texts: n lines; those already blamed give null fields.
        width: number of fields of every line.
        faults: where the others are blamed.
        delimiter: one character.
        quoted: whether double quotes enclose fields.
    """
    if quoted:
        rows = _split_at_once(texts, delimiter) or [
            _split_one(text, row, delimiter, faults) for row, text in enumerate(texts)
        ]
    else:
        rows = [text.split(delimiter) for text in texts]
    nothing: list[str | None] = [None] * width
    checked: list[list[str | None]] = []
    for row, found in enumerate(rows):
        if row in faults:
            checked.append(nothing)
        elif len(found) != width:
            message = f"{len(found)} fields where {width} are wanted"
            faults.add(row, "bad_fields", None, message)
            checked.append(nothing)
        else:
            checked.append(found)  # type: ignore[arg-type]
    columns = zip(*checked, strict=True) if checked else [()] * width
    return [pa.array(column, pa.string()) for column in columns]


def _split_at_once(texts: list[str], delimiter: str) -> list[list[str]] | None:
    """All lines by one csv reader, or None unless each line proved to be exactly one row."""
    reader = csv.reader(texts, delimiter=delimiter, strict=True)
    rows = []
    try:
        for row in reader:
            rows.append(row)
            if reader.line_num != len(rows):
                return None
    except csv.Error:
        return None
    return rows if len(rows) == len(texts) else None


def _split_one(text: str, row: int, delimiter: str, faults: Faults) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        faults.add(row, "bad_quotes", None, f"quotes do not match: {error}")
        return []


def join_quoted(blocks: Iterator[LineBlock]) -> Iterator[LineBlock]:
    """Join lines that end inside quotes with those that follow, into one line each.

    Blocks must keep blank lines. A quote left open for MAX_JOINED lines costs its first line only.
    Blank lines outside quotes are dropped.
    """
    open_lines: list[_Line] = []
    for block in blocks:
        closed: list[_Line] = []
        lines = [*open_lines, *_lines(block)]
        open_lines = _join(lines, closed, is_last=False)
        if closed:
            yield _block(closed)
    while open_lines:
        closed = []
        open_lines = _join(open_lines, closed, is_last=True)
        if closed:
            yield _block(closed)


class _Line:
    __slots__ = ("fault", "length", "number", "offset", "raw")

    def __init__(self, number: int, offset: int, length: int, raw: bytes | None) -> None:
        self.number, self.offset, self.length, self.raw = number, offset, length, raw
        self.fault: tuple[str, str | None, str] | None = None


def _lines(block: LineBlock) -> list[_Line]:
    lines = [
        _Line(*fields)
        for fields in zip(
            block.number.tolist(),
            block.offset.tolist(),
            block.length.tolist(),
            block.raw,
            strict=True,
        )
    ]
    for row, fault in block.faults:
        lines[row].fault = (fault.reason, fault.field, fault.message)
    return lines


def _join(lines: list[_Line], closed: list[_Line], *, is_last: bool) -> list[_Line]:
    """Put whole records into `closed`; returns the lines of a record that is still open."""
    at = 0
    while at < len(lines):
        size = _record_size(lines, at)
        if size is None and not is_last and len(lines) - at < MAX_JOINED:
            return lines[at:]
        record = _joined(lines[at : at + (size or 1)])
        if record.raw is None or record.raw.strip():
            closed.append(record)
        at += size or 1
    return []


def _record_size(lines: list[_Line], at: int) -> int | None:
    """How many lines the record at `at` takes, or None if its quotes do not close in reach."""
    is_open, length = False, 0
    for taken, line in enumerate(lines[at : at + MAX_JOINED], start=1):
        if line.raw is None:
            return 1 if taken == 1 else None
        length += len(line.raw) + 2
        is_open ^= line.raw.count(b'"') % 2 == 1
        if not is_open:
            return taken
        if length > MAX_LINE_BYTES:
            return None
    return None


def _joined(lines: list[_Line]) -> _Line:
    first, last = lines[0], lines[-1]
    if len(lines) == 1:
        return first
    parts: list[bytes] = []
    for line, following in zip(lines, [*lines[1:], None], strict=True):
        parts.append(line.raw or b"")
        if following is not None:
            gap = following.offset - line.offset - line.length
            parts.append(b"\n" if gap == 1 else b"\r\n")
    raw = b"".join(parts)
    return _Line(first.number, first.offset, last.offset + last.length - first.offset, raw)


def _block(lines: list[_Line]) -> LineBlock:
    faults = Faults()
    for row, line in enumerate(lines):
        if line.fault:
            faults.add(row, *line.fault)
    return LineBlock(
        np.array([line.number for line in lines], dtype=np.int64),
        np.array([line.offset for line in lines], dtype=np.int64),
        np.array([line.length for line in lines], dtype=np.int64),
        [line.raw for line in lines],
        faults,
    )
