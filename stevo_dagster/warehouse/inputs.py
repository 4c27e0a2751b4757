"""What a partition is made from: which inputs, and which versions of them a run saw.

Belongs here: the inputs of a partition, and the snapshot a run freezes when it opens the lake.
Does not belong here: comparing it with what is published now (`plan.py`).

A run must record the versions it read, not those that are published when it ends: a file may
arrive in between. So the plugin writes its snapshot into the run's staging.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from stevo_dagster.errors import StevoError
from stevo_dagster.lake import day_of, day_partition
from stevo_dagster.settings import Settings
from stevo_dagster.warehouse.tables import tables

_FILE = "inputs.json"


@dataclass(frozen=True)
class Snapshot:
    """Content hashes of what was published at one moment.

    Attributes:
        hashes: table to partition to content hash.
        settings: settings that change rows, by name.
    """

    hashes: Mapping[str, Mapping[str, str]]
    settings: Mapping[str, str]

    def inputs(self, model: str, partition: str, parents: Sequence[str]) -> dict[str, str]:
        """Inputs of one partition: "table/partition" to content hash.

        An input day that has no partition is left out, so its later arrival changes the inputs.
        """
        if tables()[model].group == "undated":
            wanted = {parent: list(self.hashes.get(parent, {})) for parent in parents}
        else:
            needed = needed_inputs(model, day_of(partition))
            wanted = {name: [day_partition(day) for day in days] for name, days in needed.items()}
        found = {
            f"{table}/{part}": self.hashes[table][part]
            for table, parts in wanted.items()
            for part in parts
            if part in self.hashes.get(table, {})
        }
        return {**found, **self.settings}


def needed_inputs(model: str, day: date) -> dict[str, list[date]]:
    """The days of each input that day `day` of a day or window model is made from.

    Day models are made from `events` in the end, whatever stands between; window models from the
    published days of their parents.
    """
    table = tables()[model]
    if table.group == "days":
        return {"events": days_back(day, table.lookback_days)}
    return {parent: days_back(day, back) for parent, back in table.parent_days.items()}


def days_back(day: date, back: int) -> list[date]:
    """The days from `back` days before `day` to `day` itself, oldest first."""
    return [day - timedelta(days=number) for number in range(back, -1, -1)]


def setting_inputs(settings: Settings) -> dict[str, str]:
    """Settings that change rows, recorded as inputs of every partition."""
    return {"settings/country": settings.country}


def write_snapshot(staging: Path, snapshot: Snapshot) -> None:
    """Keep what a run saw in its staging folder."""
    staging.mkdir(parents=True, exist_ok=True)
    content = {"hashes": snapshot.hashes, "settings": snapshot.settings}
    (staging / _FILE).write_text(json.dumps(content))


def read_snapshot(staging: Path) -> Snapshot:
    """What a run saw.

    Raises:
        StevoError: the run staged nothing, or its staging was swept.
    """
    path = staging / _FILE
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError:
        raise StevoError(
            "the run left no record of its inputs",
            where=str(path),
            fix="hold `lake.run_staging` from before dbt starts until everything is published",
        ) from None
    return Snapshot(content["hashes"], content["settings"])
