"""What is stale: which days of which tables differ from what their code and inputs would give.

Belongs here: comparing the lake's manifests with the code's hashes and the inputs' hashes. Does
not belong here: running or publishing anything.

A day of a table is current when its code hash is the project's and every input it was made from
has the content hash that is published now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from stevo_dagster.errors import StevoError
from stevo_dagster.lake import (
    UNDATED,
    Lake,
    Manifest,
    day_of,
    day_partition,
    load_manifest,
    partitions,
)
from stevo_dagster.settings import MANIFEST_PATH, Settings
from stevo_dagster.warehouse import graph
from stevo_dagster.warehouse.inputs import (
    Snapshot,
    days_back,
    needed_inputs,
    setting_inputs,
)
from stevo_dagster.warehouse.tables import in_group, tables

DAY_MODELS = in_group("days")
WINDOW_MODELS = in_group("windows")
UNDATED_MODELS = in_group("undated")

__all__ = [
    "DAY_MODELS",
    "UNDATED_MODELS",
    "WINDOW_MODELS",
    "State",
    "buildable",
    "missing_input",
    "needed_inputs",
    "read_state",
    "require_inputs",
    "stale_days",
    "stale_undated",
]


@dataclass(frozen=True)
class State:
    """What the lake holds and what the code is, read once for one plan.

    Attributes:
        published: table to partition to manifest.
        code: model to code hash.
        parents: model to the lake tables it reads.
        snapshot: the content hashes of `published`, and the settings.
    """

    published: Mapping[str, Mapping[str, Manifest]]
    code: Mapping[str, str]
    parents: Mapping[str, list[str]]
    snapshot: Snapshot

    def problem(self, model: str, partition: str) -> str | None:
        """Why a partition is not current, or None where it is."""
        manifest = self.published.get(model, {}).get(partition)
        if manifest is None:
            return "not published"
        if manifest.code_hash != self.code[model]:
            return "made by other code"
        inputs = self.snapshot.inputs(model, partition, self.parents[model])
        return None if dict(manifest.inputs) == inputs else "made from other inputs"


def read_state(settings: Settings, manifest: Mapping[str, Any] | None = None) -> State:
    """Read the published manifests and hash the code.

    Args:
        settings: the home.
        manifest: dbt's manifest; None reads the prepared one.
    """
    loaded = manifest or _prepared_manifest()
    names = [name for name, table in tables().items() if table.group != "staging"]
    published = {name: _manifests(settings.lake, name) for name in names}
    hashes = {
        name: {part: found.content_hash for part, found in parts.items()}
        for name, parts in published.items()
    }
    return State(
        published=published,
        code=graph.code_hashes(loaded, graph.project_variables()),
        parents={name: graph.parents(loaded, name) for name in graph.lake_models(loaded)},
        snapshot=Snapshot(hashes, setting_inputs(settings)),
    )


def stale_days(
    settings: Settings, from_day: date, to_day: date, models: Sequence[str] = DAY_MODELS
) -> list[date]:
    """Days of a range on which any of the models is missing or not current."""
    state = read_state(settings)
    return [
        day
        for day in days_back(to_day, (to_day - from_day).days)
        if any(state.problem(model, day_partition(day)) for model in models)
    ]


def buildable(settings: Settings, days: Iterable[date], models: Sequence[str]) -> list[date]:
    """The days on which everything that the models read from outside is published and current."""
    state = read_state(settings)
    return [day for day in days if missing_input(state, models, day, day) is None]


def stale_undated(settings: Settings) -> list[str]:
    """Undated models that are missing or not current."""
    state = read_state(settings)
    return [model for model in UNDATED_MODELS if state.problem(model, UNDATED)]


def require_inputs(
    settings: Settings,
    models: Iterable[str],
    from_day: date | None,
    to_day: date | None,
    state: State | None = None,
) -> None:
    """Refuse a run whose inputs are missing or outdated, before anything is built.

    Raises:
        StevoError: names the table and the day that must be built first.
    """
    found = missing_input(state or read_state(settings), list(models), from_day, to_day)
    if found is not None:
        table, partition, problem = found
        raise StevoError(
            f"{table} {partition} is {problem}, and this run needs it",
            where=f"{table}/{partition}",
            fix=f"build {table} for that day first: `stevo run`",
        )


def missing_input(
    state: State,
    models: Sequence[str],
    from_day: date | None,
    to_day: date | None,
    in_run: Sequence[str] | None = None,
) -> tuple[str, str, str] | None:
    """The first (table, partition, problem) that a run of these models cannot do without.

    `in_run` are the models built by the same run; None means `models`.
    """
    built = set(models if in_run is None else in_run)
    for model in models:
        for parent in state.parents[model]:
            if parent in built:
                continue
            for partition in _read_partitions(state, model, parent, from_day, to_day):
                problem = _input_problem(state, parent, partition)
                if problem is not None:
                    return parent, partition, problem
    return None


def _read_partitions(
    state: State, model: str, parent: str, from_day: date | None, to_day: date | None
) -> list[str]:
    if from_day is None or to_day is None:
        return list(state.published[parent])
    back = tables()[model].parent_days.get(parent, 0)
    days = days_back(to_day, (to_day - from_day).days + back)
    if tables()[parent].group == "source":
        # A day on which nothing happened has no partition; days outside the data are no such days.
        days = [day for day in days if from_day <= day]
    else:
        first = min((day_of(part) for part in state.published["events"]), default=from_day)
        days = [day for day in days if day >= first]
    return [day_partition(day) for day in days]


def _input_problem(state: State, parent: str, partition: str) -> str | None:
    if tables()[parent].group != "source":
        return state.problem(parent, partition)
    known = state.published[parent]
    if not known:
        return "not published"
    if partition.startswith("day=") and not min(known) <= partition <= max(known):
        return f"outside the data ({min(known)} to {max(known)})"
    return None


def _manifests(lake: Lake, table: str) -> dict[str, Manifest]:
    return {
        partition: load_manifest(lake.link(table, partition).resolve())
        for partition in partitions(lake, table)
    }


def _prepared_manifest() -> Mapping[str, Any]:
    is_there = MANIFEST_PATH.is_file()
    return _load(MANIFEST_PATH, MANIFEST_PATH.stat().st_mtime_ns if is_there else 0)


@lru_cache(maxsize=2)
def _load(path: Path, _changed_at: int) -> Mapping[str, Any]:
    return graph.read_manifest(path)
