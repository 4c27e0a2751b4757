"""From blocks of lines to chunks, for formats of one line a record.

Belongs here: opening a role's bytes and wrapping lines as a chunk. Does not belong here: what
columns mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pyarrow as pa

from stevo_dagster.sources.base.chunk import Chunk, Source
from stevo_dagster.sources.base.lines import LineBlock, LineReader
from stevo_dagster.sources.base.stream import open_bytes


def line_blocks(
    source: Source, role: str = "file", *, keep_blank: bool = False
) -> Iterator[LineBlock]:
    """The lines of one file of a source, a block at a time."""
    path = source.files[role]
    with open_bytes(path, source.name) as stream:
        yield from LineReader(stream, keep_blank=keep_blank).blocks()


def chunk_of(block: LineBlock, columns: dict[str, pa.Array]) -> Chunk:
    """A chunk of a block's lines with columns made from them; faults are the block's."""
    raw = block.raw
    return Chunk(
        block.number, block.offset, block.length, columns, block.faults, lambda row: raw[row]
    )


def headed(blocks: Iterator[LineBlock], start: Callable[[bytes], None]) -> Iterator[LineBlock]:
    """Blocks without the header: the first line is given to `start`, and is not a line."""
    for number, block in enumerate(blocks):
        if number == 0:
            start(block.raw[0] or b"")
            block = block.rows(1, len(block))
        if len(block):
            yield block
