"""From bytes to lines with their numbers and offsets, in bounded memory.

Belongs here: splitting at newlines, the line cap, BOM and CRLF. Does not belong here: what a line
says. A line over the cap is skipped while it is hashed, and blamed; it is never held in memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass

import numpy as np

from stevo_dagster.sources.base.faults import Faults, FileProblem
from stevo_dagster.sources.base.stream import BLOCK_BYTES, ByteStream

MAX_LINE_BYTES = 1 << 20
MAX_LINES = 50_000

_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass
class LineBlock:
    """Some lines: `raw` without line endings, None where a line is over the cap.

    `number`, `offset` and `length` are int64 (n,) as in `Chunk`.
    """

    number: np.ndarray
    offset: np.ndarray
    length: np.ndarray
    raw: list[bytes | None]
    faults: Faults

    def __len__(self) -> int:
        return len(self.raw)

    def rows(self, start: int, stop: int) -> LineBlock:
        """Lines from `start` to before `stop`; for blocks without faults so far in between."""
        faults = Faults()
        for row, fault in self.faults:
            if start <= row < stop:
                faults.add(row - start, fault.reason, fault.field, fault.message)
        part = slice(start, stop)
        return LineBlock(
            self.number[part], self.offset[part], self.length[part], self.raw[part], faults
        )


class LineReader:
    """Reads the lines of one stream.

    Args:
        stream: the bytes.
        first_number: number of the first line.
        first_offset: offset of the first byte.
        keep_blank: whether blank lines are given too (they may stand inside a quoted field).

    `next_number` and `next_offset` say where the next stream goes on when several are read as one.
    """

    def __init__(
        self,
        stream: ByteStream,
        *,
        first_number: int = 1,
        first_offset: int = 0,
        keep_blank: bool = False,
    ) -> None:
        self._stream = stream
        self._keep_blank = keep_blank
        self.next_number = first_number
        self.next_offset = first_offset

    def blocks(self) -> Iterator[LineBlock]:
        """The lines, up to MAX_LINES at a time."""
        rest = self._first_block()
        while rest:
            cut = rest.rfind(b"\n")
            if cut >= 0:
                yield from self._split(rest[:cut])
                rest = rest[cut + 1 :]
            elif len(rest) > MAX_LINE_BYTES + len(b"\r"):
                rest = yield from self._skip_long(rest)
                continue
            more = self._stream.read(BLOCK_BYTES)
            if not more:
                if rest:
                    yield from self._split(rest)
                    self.next_offset -= 1  # the last line has no newline
                return
            rest += more

    def _first_block(self) -> bytes:
        block = self._stream.read(BLOCK_BYTES)
        if block.startswith(_UTF16):
            raise FileProblem(
                "the file is UTF-16", fix="convert it: iconv -f utf-16 -t utf-8 IN > OUT"
            )
        if block.startswith(_BOM):
            self.next_offset += len(_BOM)
            return block[len(_BOM) :]
        return block

    def _split(self, block: bytes) -> Iterator[LineBlock]:
        pieces: list[bytes | None] = list(block.split(b"\n"))
        has_returns = b"\r" in block
        for start in range(0, len(pieces), MAX_LINES):
            found = self._block(pieces[start : start + MAX_LINES], has_returns)
            if len(found):
                yield found

    def _block(self, raw: list[bytes | None], has_returns: bool) -> LineBlock:
        length = np.fromiter((len(line or b"") for line in raw), dtype=np.int64, count=len(raw))
        ends = self.next_offset + np.cumsum(length + 1)
        offset = ends - length - 1
        number = np.arange(self.next_number, self.next_number + len(raw), dtype=np.int64)
        self.next_offset = int(ends[-1])
        self.next_number += len(raw)
        if has_returns:
            raw = [line.removesuffix(b"\r") if line else line for line in raw]
            length = np.fromiter((len(line or b"") for line in raw), np.int64, count=len(raw))
        if not self._keep_blank:
            # Beyond the cap a line is not looked into, so it cannot be known to be blank.
            kept = [
                row
                for row, line in enumerate(raw)
                if line and (len(line) > MAX_LINE_BYTES or not line.isspace())
            ]
            if len(kept) < len(raw):
                raw = [raw[row] for row in kept]
                number, offset, length = number[kept], offset[kept], length[kept]
        faults = Faults()
        for row in np.flatnonzero(length > MAX_LINE_BYTES):
            line = raw[row] or b""
            _blame_long(faults, int(row), len(line), hashlib.sha256(line).hexdigest())
            raw[row] = None
        return LineBlock(number, offset, length, raw, faults)

    def _skip_long(self, rest: bytes) -> Generator[LineBlock, None, bytes]:
        """Pass over a line of any length; returns the bytes behind it."""
        digest, length, last = hashlib.sha256(), 0, b""
        behind = b""
        piece, found = rest, False
        while True:
            digest_part = last + piece
            # A return before the newline is part of the line ending: hold the last byte back.
            digest.update(digest_part[:-1])
            length += len(digest_part) - 1
            last = digest_part[-1:]
            if found:
                break
            block = self._stream.read(BLOCK_BYTES)
            if not block:
                break
            cut = block.find(b"\n")
            found = cut >= 0
            piece, behind = (block[:cut], block[cut + 1 :]) if found else (block, b"")
        taken = length + 1
        if last != b"\r":
            digest.update(last)
            length += 1
        faults = Faults()
        _blame_long(faults, 0, length, digest.hexdigest())
        one = np.ones(1, dtype=np.int64)
        yield LineBlock(
            one * self.next_number, one * self.next_offset, one * length, [None], faults
        )
        self.next_number += 1
        self.next_offset += taken + (1 if found else 0)
        return behind or self._stream.read(BLOCK_BYTES)


def _blame_long(faults: Faults, row: int, length: int, sha256: str) -> None:
    faults.add(
        row,
        "line_too_long",
        None,
        f"{length} bytes where at most {MAX_LINE_BYTES} are read; sha256 {sha256}; the bytes are "
        "kept in the landed original",
    )
