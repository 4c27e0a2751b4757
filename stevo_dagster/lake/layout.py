"""Where things lie in a lake: pure paths and names, no I/O but making a staging folder.

Belongs here: the names of partitions, versions, links, locks and staging. Does not belong here:
reading or writing any of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from stevo_dagster.errors import StevoError

UNDATED = "all"
PART = "part-0.parquet"
MANIFEST = "manifest.json"

_TABLE = re.compile(r"[a-z][a-z0-9_]{0,62}\Z")
_PARTITION = re.compile(r"(all|day=\d{4}-\d{2}-\d{2}|file=[0-9a-f]{8,64}|ingest)\Z")
_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}\Z")


def day_partition(day: date | str) -> str:
    """The partition name of a UTC day, as `day=2024-03-01`."""
    value = date.fromisoformat(day) if isinstance(day, str) else day
    return f"day={value.isoformat()}"


def day_of(partition: str) -> date:
    """The UTC day of a day partition.

    Raises:
        StevoError: the partition is not one of a day.
    """
    if not partition.startswith("day="):
        raise StevoError(f"{partition!r} is not a day partition")
    return date.fromisoformat(partition.removeprefix("day="))


@dataclass(frozen=True)
class Lake:
    """One lake, known by its root folder."""

    root: Path

    def link(self, table: str, partition: str) -> Path:
        """The link that readers follow to the published version."""
        return self.root / _checked(_TABLE, table, "table") / _checked_partition(partition)

    def versions(self, table: str, partition: str) -> Path:
        """The folder that holds every kept version of one partition."""
        return (
            self.root
            / ".versions"
            / _checked(_TABLE, table, "table")
            / _checked_partition(partition)
        )

    def lock(self, table: str, partition: str) -> Path:
        """The file whose flock guards one partition."""
        return (
            self.root
            / ".locks"
            / _checked(_TABLE, table, "table")
            / f"{_checked_partition(partition)}.lock"
        )

    def staging(self, run_id: str) -> Path:
        """The folder one run stages into."""
        return self.root / ".staging" / _checked(_RUN, run_id, "run id")

    def staged_file(self, run_id: str, table: str, partition: str) -> Path:
        """The file one run stages for one partition; its folder is made."""
        folder = (
            self.staging(run_id) / _checked(_TABLE, table, "table") / _checked_partition(partition)
        )
        folder.mkdir(parents=True, exist_ok=True)
        return folder / PART

    @property
    def leases(self) -> Path:
        """The folder of the leases that long readers hold."""
        return self.root / ".leases"


def _checked(pattern: re.Pattern[str], name: str, kind: str) -> str:
    # Names become paths: an allow-list is what keeps `../` and quotes out of both paths and SQL.
    if not pattern.match(name):
        raise StevoError(
            f"{name!r} is not a {kind} name", fix=f"{kind} names match {pattern.pattern}"
        )
    return name


def _checked_partition(partition: str) -> str:
    _checked(_PARTITION, partition, "partition")
    if partition.startswith("day="):
        try:
            day_of(partition)
        except ValueError:
            raise StevoError(f"{partition!r} is not a day of the calendar") from None
    return partition
