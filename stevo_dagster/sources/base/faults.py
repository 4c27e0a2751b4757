"""Why a line, or a whole file, cannot be used.

Belongs here: the fault of one line, the faults of a chunk, and the error of a file. Does not
belong here: the rules that find them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from stevo_dagster.errors import StevoError

SHOWN = 60


class FileProblem(StevoError):
    """The file itself is at fault, so trying again with the same file cannot help."""


@dataclass(frozen=True)
class Fault:
    """Why one line is quarantined.

    Args:
        reason: a stable name, such as `bad_json`, that checks and reports group by.
        field: the contract column at fault, or None for the line as a whole.
        message: one sentence for a person.
    """

    reason: str
    field: str | None
    message: str


class Faults:
    """The faults of one chunk, by row. A row keeps the first fault found in it."""

    def __init__(self) -> None:
        self._by_row: dict[int, Fault] = {}

    def __len__(self) -> int:
        return len(self._by_row)

    def __iter__(self) -> Iterator[tuple[int, Fault]]:
        return iter(sorted(self._by_row.items()))

    def __contains__(self, row: int) -> bool:
        return row in self._by_row

    def add(self, row: int, reason: str, field: str | None, message: str) -> None:
        """Blame one row, unless it is blamed already."""
        self._by_row.setdefault(row, Fault(reason, field, message))

    def add_rows(
        self,
        rows: Iterable[int],
        reason: str,
        field: str | None,
        message: Callable[[int], str] | str,
    ) -> None:
        """Blame several rows; `message` is a text, or makes one from the row."""
        for row in rows:
            self.add(int(row), reason, field, message if isinstance(message, str) else message(row))

    def good(self, rows: int) -> np.ndarray:
        """Boolean mask of shape (rows,): True where a row has no fault."""
        mask = np.ones(rows, dtype=bool)
        if self._by_row:
            mask[np.fromiter(self._by_row, dtype=np.int64)] = False
        return mask


def shown(value: object) -> str:
    """A value as a message quotes it: short, printable, on one line."""
    text = repr(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
