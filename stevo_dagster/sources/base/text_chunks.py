"""From blocks of lines to chunks, for formats of one line a record.

Belongs here: opening a role's bytes, headers, and wrapping lines as a chunk. Does not belong here:
what columns mean.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator

import pyarrow as pa

from stevo_dagster.sources.base.chunk import Chunk, Source
from stevo_dagster.sources.base.delimited import decode, split_fields
from stevo_dagster.sources.base.faults import FileProblem
from stevo_dagster.sources.base.lines import LineBlock, LineReader
from stevo_dagster.sources.base.stream import open_bytes


def line_blocks(source: Source) -> Iterator[LineBlock]:
    """The lines of a source of one file, a block at a time, blank ones left out."""
    with open_bytes(source.files["file"], source.name) as stream:
        yield from LineReader(stream).blocks()


def chunk_of(block: LineBlock, columns: dict[str, pa.Array]) -> Chunk:
    """A chunk of a block's lines with columns made from them; faults are the block's."""
    raw = block.raw
    return Chunk(
        block.number, block.offset, block.length, columns, block.faults, lambda row: raw[row]
    )


def named_blocks(
    blocks: Iterator[LineBlock], name: str, required: tuple[str, ...], delimiter: str = ","
) -> Iterator[tuple[LineBlock, dict[str, pa.Array]]]:
    """Blocks below a header, with their fields by the header's names.

    Args:
        blocks: the file's lines, the header first.
        name: the file's name, for errors.
        required: names that the header must have.
        delimiter: one character.

    Raises:
        FileProblem: the header lacks a required name, or has one twice.
    """
    header: list[str] | None = None
    for block in blocks:
        if header is None:
            header = header_names(block.raw[0], name, required, delimiter)
            block = block.rows(1, len(block))
        if len(block):
            texts = decode(block)
            fields = split_fields(texts, len(header), block.faults, delimiter=delimiter)
            yield block, dict(zip(header, fields, strict=True))


def header_names(
    line: bytes | None, name: str, required: tuple[str, ...], delimiter: str
) -> list[str]:
    """The names of a header line.

    Raises:
        FileProblem: as `named_blocks`.
    """
    try:
        text = (line or b"").decode()
        names = [
            cell.strip() for cell in next(csv.reader([text], delimiter=delimiter, strict=True))
        ]
    except (UnicodeDecodeError, csv.Error, StopIteration):
        names = []
    missing = [wanted for wanted in required if wanted not in names]
    if missing:
        raise FileProblem(
            f"the header lacks {', '.join(missing)}", where=f"{name}, line 1", fix="check --format"
        )
    twice = sorted({cell for cell in names if names.count(cell) > 1})
    if twice:
        raise FileProblem(f"the header has {', '.join(twice)} twice", where=f"{name}, line 1")
    return names
