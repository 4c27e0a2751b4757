"""One run's session with the lake: the days it steps through, where it stages, what its views see.

Belongs here: what the materialisations ask for by SQL functions (`stevo_steps`, `stevo_stage`,
`stevo_view`, `stevo_own_days`). Does not belong here: opening the connection (`duckdb_plugin.py`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from stevo_dagster.lake import Lake, day_partition, sql_text
from stevo_dagster.warehouse.tables import Table, days_read, tables

# So many events are computed in one statement: few enough for memory to stay flat however long the
# range is, many enough that small days do not cost one statement each.
ROWS_A_STEP = 1_000_000


@dataclass(frozen=True)
class Window:
    """The run's id and UTC days, inclusive; no days means the whole lake.

    `builds` are the tables it makes and `reads` those it reads beside them and `events`; no
    `builds` means that any may be read.
    """

    run_id: str
    from_day: date | None
    to_day: date | None
    builds: frozenset[str] = frozenset()
    reads: frozenset[str] = frozenset()

    def opens(self, table: Table) -> bool:
        """Whether the run may read or build the table."""
        return not self.builds or table.name in self.builds | self.reads | {"events"}

    def builds_partition(self, table: Table, partition: str) -> bool:
        """Whether the run itself makes this partition."""
        if table.name not in self.builds:
            return False
        if not table.is_daily or self.from_day is None or self.to_day is None:
            return True
        return day_partition(self.from_day) <= partition <= day_partition(self.to_day)


@dataclass
class Session:
    """State of one dbt process.

    Attributes:
        lake: the lake.
        window: the run's window.
        published: table to partition to verified file, as frozen when the connection opened.
        event_rows: rows of each published partition of `events`.
        staged: table to partition to file, as this run stages them.
        lease: keeps the published files from collection while the session is there.
    """

    lake: Lake
    window: Window
    published: Mapping[str, Mapping[str, Path]]
    event_rows: Mapping[str, int]
    staged: dict[str, dict[str, Path]] = field(default_factory=dict)
    lease: AbstractContextManager[None] = field(default_factory=nullcontext)

    def __post_init__(self) -> None:
        # Never given back: the kernel frees it with the process, as it does after a kill.
        self.lease.__enter__()

    def days(self, table: str) -> list[str]:
        """ISO days a daily table is staged for: the run's days after those that children read."""
        if self.window.from_day is None or self.window.to_day is None:
            return []
        back = days_read(table) if tables()[table].group == "days" else 0
        return staged_days(self.window.from_day, self.window.to_day, back, self.event_rows)

    def steps(self, table: str) -> str:
        """JSON list of steps, each a list of ISO days."""
        return json.dumps(cut_steps(self.days(table), self.event_rows, ROWS_A_STEP))

    def stage(self, table: str, partition: str) -> str:
        """Path to stage a partition at; from now on views show it instead of the published one."""
        path = self.lake.staged_file(self.window.run_id, table, partition)
        self.staged.setdefault(table, {})[partition] = path
        return str(path)

    def view(self, table: str) -> str:
        """SQL of the view over a table: staged partitions laid over published ones."""
        found = {**self.published.get(table, {}), **self.staged.get(table, {})}
        return view_sql(tables()[table], [found[part] for part in sorted(found)])

    def own_days(self, table: str) -> str:
        """SQL condition for the run's own days of a daily table; empty where there is none."""
        known = tables().get(table)
        if known is None or not known.is_daily or self.window.from_day is None:
            return ""
        return f"day between date '{self.window.from_day}' and date '{self.window.to_day}'"

    def register(self, con: duckdb.DuckDBPyConnection) -> None:
        """Make this session's answers callable from SQL."""
        one: list[Any] = ["VARCHAR"]
        two: list[Any] = ["VARCHAR", "VARCHAR"]
        # They are volatile: a plan must not fold them, since staging changes their answers.
        con.create_function("stevo_steps", self.steps, one, "VARCHAR", side_effects=True)
        con.create_function("stevo_stage", self.stage, two, "VARCHAR", side_effects=True)
        con.create_function("stevo_view", self.view, one, "VARCHAR", side_effects=True)
        con.create_function("stevo_own_days", self.own_days, one, "VARCHAR", side_effects=True)


def staged_days(
    from_day: date, to_day: date, back: int, event_rows: Mapping[str, int]
) -> list[str]:
    """ISO days a table is staged for: the run's, and `back` before them that are in the data."""
    first = from_day - timedelta(days=back)
    if event_rows:
        earliest = date.fromisoformat(min(event_rows).removeprefix("day="))
        first = min(from_day, max(first, earliest))
    return [
        (first + timedelta(days=number)).isoformat() for number in range((to_day - first).days + 1)
    ]


def cut_steps(days: Sequence[str], event_rows: Mapping[str, int], most: int) -> list[list[str]]:
    """Cut consecutive days into steps of at most `most` events; a step has at least one day."""
    steps: list[list[str]] = []
    rows = 0
    for day in days:
        more = event_rows.get(day_partition(day), 0)
        if not steps or rows + more > most:
            steps.append([])
            rows = 0
        steps[-1].append(day)
        rows += more
    return steps


def view_sql(table: Table, paths: Sequence[Path]) -> str:
    """SQL of the view over a table's files; typed and without rows where there are none.

    `day` is read from the path, so that files of other days are not even opened.
    """
    if not paths:
        columns = ", ".join(
            f"cast(null as {kind}) as {name}" for name, kind in table.columns.items()
        )
        return f"select {columns} where false"
    columns = ", ".join(table.columns)
    listed = ", ".join(sql_text(str(path)) for path in paths)
    hive = "true, hive_types = {'day': date}" if table.is_daily else "false"
    return f"select {columns} from read_parquet([{listed}], hive_partitioning = {hive})"
