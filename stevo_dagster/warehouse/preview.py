"""What building days would change: staged rows compared with published ones, nothing published.

Belongs here: one dbt run into staging, and the comparison by table and day. Does not belong here:
printing (`commands/run.py`) or publishing (`publish.py`).
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from stevo_dagster.days import days_between
from stevo_dagster.lake import Lake, day_partition, files, run_staging
from stevo_dagster.lake.sql import scan
from stevo_dagster.settings import Settings
from stevo_dagster.warehouse import build, graph
from stevo_dagster.warehouse.plan import require_inputs
from stevo_dagster.warehouse.publish import decide_run
from stevo_dagster.warehouse.tables import Table, tables

NUMBERS = ("bigint", "integer", "double")
# Sums of the same numbers in another order differ by less than this share.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Change:
    """One figure before and after; None where no row has a number."""

    before: float | None
    after: float | None

    @property
    def is_none(self) -> bool:
        """Whether both are the same but for rounding."""
        if self.before is None or self.after is None:
            return self.before == self.after
        return math.isclose(self.before, self.after, rel_tol=ROUNDING)

    @property
    def share(self) -> float:
        """How far apart they are, as a share of the larger: 0 the same, 1 new or gone."""
        if self.is_none:
            return 0.0
        before, after = self.before or 0.0, self.after or 0.0
        largest = max(abs(before), abs(after))
        return abs(after - before) / largest if largest else 1.0


@dataclass(frozen=True)
class Measure:
    """Sum and mean of one numeric column over one day of a table."""

    total: Change
    mean: Change

    @property
    def is_none(self) -> bool:
        """Whether neither changes."""
        return self.total.is_none and self.mean.is_none

    @property
    def share(self) -> float:
        """How much it changes, by whichever changes more."""
        return max(self.total.share, self.mean.share)


@dataclass(frozen=True)
class Difference:
    """One table on one day: what would be there after, beside what is published.

    Attributes:
        table: table name.
        day: UTC day.
        rows_before: published rows; None where the day is not published.
        rows_after: rows that would be published.
        added: keys that only the new rows have.
        removed: keys that only the published rows have.
        changed: keys that both have with other values.
        measures: numeric columns whose sum or mean changes, those that change most first.
    """

    table: str
    day: date
    rows_before: int | None
    rows_after: int
    added: int
    removed: int
    changed: int
    measures: Mapping[str, Measure]

    @property
    def is_none(self) -> bool:
        """Whether the rows are the same."""
        return self.rows_before is not None and not (self.added or self.removed or self.changed)


@dataclass(frozen=True)
class Preview:
    """Differences of every table and day, and tables that would be refused, with the reason."""

    differences: Sequence[Difference]
    refused: Mapping[str, str]


def preview(settings: Settings, models: Sequence[str], from_day: date, to_day: date) -> Preview:
    """Stage and test the days of a range, compare, and leave the lake as it was.

    Args:
        settings: the home.
        models: day or window models, all of one group.
        from_day: first UTC day.
        to_day: last UTC day, inclusive.

    Raises:
        StevoError: an input is missing or outdated, or dbt ended before it had results.
    """
    build.ensure_manifest()
    require_inputs(settings, models, from_day, to_day)
    run_id = f"preview-{uuid.uuid4()}"
    days = days_between(from_day, to_day)
    with run_staging(settings.lake, run_id):
        results = build.run_dbt(settings, run_id, models, from_day, to_day)
        loaded = graph.read_manifest(build.MANIFEST_PATH)
        decisions = decide_run(settings, results, loaded, days)
        refused = {name: found.reason for name, found in decisions.items() if not found.ok}
        with duckdb.connect() as con:
            con.execute("set timezone = 'UTC'")
            found = [
                _compare(con, settings.lake, run_id, tables()[name], day)
                for name in models
                for day in days
                if settings.lake.staged_file(run_id, name, day_partition(day)).is_file()
            ]
    return Preview(found, refused)


def difference(
    con: duckdb.DuckDBPyConnection, table: Table, day: date, before: Path | None, after: Path
) -> Difference:
    """Compare two Parquet files of one table's day by its key; columns are the contract's.

    A column that the older file lacks counts as null there.
    """
    new = scan([after])
    if before is None:
        rows = _count(con, new)
        return Difference(table.name, day, None, rows, rows, 0, 0, {})
    old = f"(select * from {new} where false union all by name select * from {scan([before])})"
    columns = ", ".join(table.columns)
    # Keys may be null, such as the cell of events without a place: null is the same as null here.
    same = " and ".join(f"old.{name} is not distinct from new.{name}" for name in table.key)
    con.execute(f"create or replace temp view before as select {columns} from {old}")
    con.execute(f"create or replace temp view after as select {columns} from {new}")
    counted = con.execute(
        "select count(*) filter (where was is null), count(*) filter (where now is null),"
        " count(*) filter (where was is not null and now is not null and was is distinct from now)"
        " from (select *, before as was from before) as old full join"
        f" (select *, after as now from after) as new on {same}"
    ).fetchall()
    added, removed, changed = counted[0]
    was, now = _count(con, "before"), _count(con, "after")
    return Difference(table.name, day, was, now, added, removed, changed, _measures(con, table))


def _compare(
    con: duckdb.DuckDBPyConnection, lake: Lake, run_id: str, table: Table, day: date
) -> Difference:
    part = day_partition(day)
    is_published = lake.link(table.name, part).is_symlink()
    before = files(lake, table.name, [part])[0] if is_published else None
    return difference(con, table, day, before, lake.staged_file(run_id, table.name, part))


def _measures(con: duckdb.DuckDBPyConnection, table: Table) -> dict[str, Measure]:
    numeric = [
        name for name, kind in table.columns.items() if kind in NUMBERS and name not in table.key
    ]
    if not numeric:
        return {}
    wanted = ", ".join(f"sum({name})::double, avg({name})::double" for name in numeric)
    old, new = (
        con.execute(f"select {wanted} from {side}").fetchall()[0] for side in ("before", "after")
    )
    changes = [Change(*pair) for pair in zip(old, new, strict=True)]
    found = zip(numeric, map(Measure, changes[::2], changes[1::2]), strict=True)
    changed = [(name, measure) for name, measure in found if not measure.is_none]
    return dict(sorted(changed, key=lambda one: -one[1].share))


def _count(con: duckdb.DuckDBPyConnection, relation: str) -> int:
    row = con.execute(f"select count(*) from {relation}").fetchone()
    assert row is not None
    return row[0]
