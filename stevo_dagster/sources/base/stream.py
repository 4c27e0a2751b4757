"""Opening a source's bytes: plain or gzip, in blocks, with caps against zip bombs.

Belongs here: bytes. Does not belong here: lines (`lines.py`) or any format.
"""

from __future__ import annotations

import gzip
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

from stevo_dagster.sources.base.faults import FileProblem

GZIP_MAGIC = b"\x1f\x8b"
BLOCK_BYTES = 4 << 20

# A log of events shrinks 5 to 30 times; deflate can reach 1,032. Small files may do what they like.
FREE_BYTES = 64 << 20
MAX_RATIO = 200
MAX_BYTES = 1 << 40


class ByteStream(Protocol):
    """Anything with `read`."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; empty at the end."""
        ...


class _Gunzip:
    """Reads gzip and refuses what expands beyond the caps."""

    def __init__(self, path: Path, shown_as: str) -> None:
        self._size = path.stat().st_size
        self._shown_as = shown_as
        self._file = gzip.open(path, "rb")  # noqa: SIM115 (closed by open_bytes)
        self._given = 0

    def read(self, size: int, /) -> bytes:
        try:
            block = self._file.read(size)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise FileProblem(
                f"unreadable gzip: {error}",
                where=f"{self._shown_as}, after {self._given} uncompressed bytes",
                fix="copy the file again, or test it with `gzip -t`",
            ) from None
        self._given += len(block)
        too_much = self._given > FREE_BYTES and self._given > MAX_RATIO * self._size
        if too_much or self._given > MAX_BYTES:
            raise FileProblem(
                f"gzip expands more than {MAX_RATIO} times: refused as a zip bomb",
                where=self._shown_as,
                fix="unpack it yourself if you trust it, and ingest the plain file",
            )
        return block

    def close(self) -> None:
        self._file.close()


def is_gzip(path: Path) -> bool:
    """Whether a file starts as gzip does."""
    with path.open("rb") as handle:
        return handle.read(2) == GZIP_MAGIC


@contextmanager
def open_bytes(path: Path, shown_as: str) -> Iterator[ByteStream]:
    """Open a landed file, unpacking gzip.

    Args:
        path: the file.
        shown_as: the name users know it by; a name that ends in .gz must be gzip.

    Raises:
        FileProblem: not gzip although named so, damaged, or a zip bomb (while reading).
    """
    if is_gzip(path):
        packed = _Gunzip(path, shown_as)
        try:
            yield packed
        finally:
            packed.close()
        return
    if shown_as.endswith(".gz"):
        raise FileProblem(
            "unreadable gzip: it does not start as gzip does",
            where=shown_as,
            fix="copy the file again, or drop .gz from its name if it is not packed",
        )
    with path.open("rb") as plain:
        yield plain


@contextmanager
def seekable(path: Path, shown_as: str) -> Iterator[Path | IO[bytes]]:
    """A landed file that can be read in any order: itself, or an unpacked copy of a gzip.

    The copy has no name, so a kill leaves nothing of it.

    Raises:
        FileProblem: as `open_bytes`.
    """
    if not is_gzip(path):
        yield path
        return
    with tempfile.TemporaryFile(dir=path.parent) as copy, open_bytes(path, shown_as) as stream:
        while block := stream.read(BLOCK_BYTES):
            copy.write(block)
        copy.seek(0)
        yield copy


def head(path: Path, shown_as: str, size: int) -> bytes:
    """The first uncompressed bytes of a file."""
    with open_bytes(path, shown_as) as stream:
        return stream.read(size)
