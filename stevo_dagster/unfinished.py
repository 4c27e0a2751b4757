"""What an interrupted backfill has built already, so that the same command goes on from there.

Belongs here: one small file a backfill, kept until it ends well. Does not belong here: whether a
day is current (`warehouse/plan.py`).

Only a hint is kept: a day is left out when it is in the file *and* current. Two equal backfills at
once may forget each other's days, and then build them twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from stevo_dagster.home import write_json
from stevo_dagster.lake import text_sha256
from stevo_dagster.settings import Settings


class Unfinished:
    """Days by phase (`days`, `windows`) that one backfill has published so far.

    Backfills are told apart by their range and the tables chosen.
    """

    def __init__(
        self, settings: Settings, from_day: date, to_day: date, models: Sequence[str] | None
    ) -> None:
        chosen = "all" if models is None else ",".join(sorted(models))
        name = text_sha256(f"{from_day}..{to_day}", chosen)[:16]
        self.path: Path = settings.home / "backfills" / f"{name}.json"
        self._built: dict[str, list[str]] = {}
        if self.path.is_file():
            self._built = json.loads(self.path.read_text())

    def built(self, phase: str) -> set[date]:
        """The days of a phase that were published before."""
        return {date.fromisoformat(day) for day in self._built.get(phase, [])}

    def note(self, phase: str, days: Iterable[date]) -> None:
        """Keep that these days of a phase are published."""
        known = self.built(phase) | set(days)
        self._built[phase] = sorted(day.isoformat() for day in known)
        write_json(self.path, self._built)

    def forget(self) -> None:
        """There is nothing to go on with any more."""
        self._built = {}
        self.path.unlink(missing_ok=True)
