"""Text files whose first line names their columns.

Belongs here: the header, and lines split under it. Does not belong here: what columns mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from stevo_dagster.sources.base.delimited import decode, split_fields
from stevo_dagster.sources.base.faults import Faults, FileProblem
from stevo_dagster.sources.base.lines import LineBlock


def named_columns(
    blocks: Iterator[LineBlock],
    shown_as: str,
    required: Sequence[str],
    *,
    delimiter: str = ",",
    quoted: bool = True,
) -> Iterator[tuple[LineBlock, dict[str, pa.Array]]]:
    """Blocks without the header, each with its columns of strings by their names.

    Args:
        blocks: lines from the start of the file.
        shown_as: the file's name for messages.
        required: columns that must be named.
        delimiter: one character.
        quoted: whether double quotes enclose fields.

    Raises:
        FileProblem: no header, a required column is missing, or a name stands twice.
    """
    names: list[str] = []
    for block in blocks:
        if not names:
            names = _header(block, shown_as, required, delimiter, quoted)
            block = block.rows(1, len(block))
        if len(block):
            texts = decode(block)
            columns = split_fields(
                texts, len(names), block.faults, delimiter=delimiter, quoted=quoted
            )
            yield block, dict(zip(names, columns, strict=True))


def _header(
    block: LineBlock, shown_as: str, required: Sequence[str], delimiter: str, quoted: bool
) -> list[str]:
    try:
        text = (block.raw[0] or b"").decode()
    except UnicodeDecodeError:
        raise FileProblem("the header is not UTF-8", where=shown_as) from None
    if quoted:
        faults = Faults()
        width = text.count(delimiter) + 1
        split = split_fields([text], width, faults, delimiter=delimiter)
        names = [] if len(faults) else [column[0].as_py().strip() for column in split]
    else:
        names = [name.strip() for name in text.split(delimiter)]
    missing = [name for name in required if name not in names]
    if missing:
        raise FileProblem(
            f"the header lacks {', '.join(missing)}",
            where=shown_as,
            fix=f"the first line must name the columns, separated by {delimiter!r}",
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise FileProblem(f"the header names {', '.join(twice)} twice", where=shown_as)
    return names
