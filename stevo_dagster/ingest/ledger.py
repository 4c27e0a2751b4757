"""The ledger's row: where the lines of one file and run ended.

Belongs here: its columns and its audit. Does not belong here: counting.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa

from stevo_dagster.errors import StevoError
from stevo_dagster.sources.base.contract import INSTANT

FATES = ("accepted", "late_accepted", "duplicate", "conflict", "quarantined", "suppressed")
SCHEMA = pa.schema(
    [
        *(pa.field(name, pa.string()) for name in ("file_id", "source", "format", "run_id")),
        pa.field("received_at", INSTANT),
        *(pa.field(name, pa.int64()) for name in ("lines", *FATES)),
    ]
)


@dataclass(frozen=True)
class LedgerRow:
    """Where every line went. lines is the sum of the six counts after it."""

    file_id: str
    source: str
    format: str
    run_id: str
    received_at: datetime
    lines: int
    accepted: int
    late_accepted: int
    duplicate: int
    conflict: int
    quarantined: int
    suppressed: int

    def audit(self) -> None:
        """Refuse a row that does not sum.

        Raises:
            StevoError: lines got lost or were invented, which is a defect of stevo.
        """
        total = sum(getattr(self, fate) for fate in FATES)
        if total != self.lines:
            raise StevoError(
                f"the ledger does not sum: {self.lines} lines, {total} accounted for",
                where=f"file {self.file_id}",
                fix="nothing was published; report this with the file",
            )


@dataclass(frozen=True)
class IngestResult:
    """What ingesting one path did.

    Args:
        file_ids: landed files.
        days: days of `events` that were published.
        ledger: new ledger rows; none for a file that was known.
    """

    file_ids: list[str]
    days: list[date]
    ledger: list[LedgerRow]
