"""The tables of the warehouse as the yml beside each model declares them.

Belongs here: name, group, columns and look-back of every lake table that dbt makes or reads. The
yml is read directly, not through dbt's manifest, because the plugin needs it before dbt has parsed
anything. Does not belong here: the graph of models (`graph.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml

from stevo_dagster.errors import StevoError
from stevo_dagster.settings import DBT_PROJECT_DIR

Group = Literal["source", "staging", "days", "windows", "undated"]

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Table:
    """One lake table.

    Attributes:
        name: name of the model or source, and of the lake table.
        group: which op builds it; "source" tables come from ingest.
        columns: name to DuckDB type, in the order of the contract.
        key: columns whose values name one row, as the `unique_key` test has them.
        lookback_days: days of `events` before day D that D's rows depend on, in all.
        parent_days: direct parent to the days before D that are read of it; a parent that is not
            named is read for D alone.
        made_of: parent to the SQL condition, over `parent` and `child`, that finds the parent's
            rows behind one row. Rows that merely gave context, such as an earlier event that told
            an item's category, are not among them.
    """

    name: str
    group: Group
    columns: Mapping[str, str]
    key: tuple[str, ...] = ()
    lookback_days: int = 0
    parent_days: Mapping[str, int] = field(default_factory=dict)
    made_of: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_daily(self) -> bool:
        """Whether it has one partition a UTC day."""
        return self.group in ("days", "windows") or self.name == "events"


def tables() -> Mapping[str, Table]:
    """Every table that is declared, by name: sources first, then models sorted by name."""
    return _load(DBT_PROJECT_DIR / "models")


def in_group(group: Group) -> tuple[str, ...]:
    """Names of the tables of one group, sorted."""
    return tuple(sorted(name for name, table in tables().items() if table.group == group))


def days_read(name: str) -> int:
    """The most days before D that any child reads of this table directly."""
    return max((table.parent_days.get(name, 0) for table in tables().values()), default=0)


@lru_cache(maxsize=4)
def _load(folder: Path) -> Mapping[str, Table]:
    found: dict[str, Table] = {}
    for path in sorted(folder.rglob("*.yml")):
        content = yaml.load(path.read_text(), Loader=_LOADER) or {}
        for source in content.get("sources", []):
            for entry in source["tables"]:
                found[entry["name"]] = _table(entry, "source", path)
        for entry in content.get("models", []):
            found[entry["name"]] = _table(entry, _group(path.relative_to(folder)), path)
    ordered = sorted(found.values(), key=lambda table: (table.group != "source", table.name))
    return {table.name: table for table in ordered}


def _group(path: Path) -> Group:
    # The folder decides the group, as it decides tags and materialisation in dbt_project.yml.
    if path.parts[0] == "intermediate":
        return "days"
    if path.parts[0] == "marts" and path.parts[1] in ("days", "windows", "undated"):
        return path.parts[1]  # type: ignore[return-value]
    return "staging"


def _table(entry: Mapping[str, Any], group: Group, path: Path) -> Table:
    meta = entry.get("config", {}).get("meta", {})
    columns = {}
    for column in entry.get("columns", []):
        if "data_type" not in column:
            raise StevoError(
                f"column {column['name']} of {entry['name']} has no data_type",
                where=str(path),
                fix="name its DuckDB type in the yml",
            )
        columns[column["name"]] = column["data_type"]
    return Table(
        name=entry["name"],
        group=group,
        columns=columns,
        key=_key(entry),
        lookback_days=meta.get("stevo_lookback_days", 0),
        parent_days=meta.get("stevo_parent_days", {}),
        made_of=meta.get("stevo_made_of", {}),
    )


def _key(entry: Mapping[str, Any]) -> tuple[str, ...]:
    for test in entry.get("data_tests", []):
        if isinstance(test, Mapping) and "unique_key" in test:
            return tuple(test["unique_key"]["arguments"]["columns"])
    return ()
