"""The unit that flows from a reader to ingest: some lines, mapped to the contract, with faults.

Belongs here: chunks, the source a reader opens, and what a reader is. Does not belong here: any
outside format.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from stevo_dagster.sources.base.faults import Faults


@dataclass
class Chunk:
    """Up to some ten thousand lines of a source. Blank and header lines are not lines.

    Args:
        number: int64 (n,), 1-based line number (record number in Parquet), rising.
        offset: int64 (n,), byte offset in the uncompressed source; -1 where rows have no bytes.
        length: int64 (n,), bytes of the line without its line ending; -1 as above.
        columns: contract columns (`contract.FIELDS`) and `extra` (JSON text) of length n, in
            contract types; a column left out is null. Values of faulty rows are never used.
        faults: the rows that cannot be mapped.
        raw: row to its original bytes, or None where the line was too long to hold.
    """

    number: np.ndarray
    offset: np.ndarray
    length: np.ndarray
    columns: dict[str, pa.Array]
    faults: Faults
    raw: Callable[[int], bytes | None]

    def __len__(self) -> int:
        return len(self.number)


@dataclass(frozen=True)
class Source:
    """A landed source, as a reader opens it: the file of each role, and its given name."""

    name: str
    files: Mapping[str, Path]


@dataclass(frozen=True)
class Reader:
    """One outside format.

    Args:
        format: the name users write after `--format`.
        description: one line for `stevo ingest --help`.
        find: from the path a user gives to the file of each role. It raises FileProblem where
            files are missing.
        chunks: from a landed source to its chunks, with bounded memory.
        line_roles: roles whose bytes hold the lines, in reading order; offsets run through them.
        is_folder: whether one source is a folder of files.
    """

    format: str
    description: str
    find: Callable[[Path], dict[str, Path]]
    chunks: Callable[[Source], Iterator[Chunk]]
    line_roles: tuple[str, ...] = ("file",)
    is_folder: bool = False


def single_file(path: Path) -> dict[str, Path]:
    """`Reader.find` of formats that are one file."""
    return {"file": path}
