"""The dbt-duckdb plugin: what one dbt process sees of the lake.

Belongs here: settings of the in-memory database, views over verified lake files, the run's window,
the reference tables and the cell functions. Does not belong here: writing (the `lake_day` and
`lake_table` materialisations stage) or publishing.

Views are made when the connection opens, over file lists frozen at that moment: a run sees one
state of the lake. The run's home, id and days come from the environment and not from dbt
variables, because changed variables force a full parse.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

from stevo_dagster.errors import StevoError
from stevo_dagster.lake import Lake, Manifest, day_partition, files, manifest, partitions, sql_text
from stevo_dagster.settings import DBT_PROJECT_DIR, Settings, load_settings
from stevo_dagster.warehouse import cells
from stevo_dagster.warehouse.inputs import Snapshot, setting_inputs, write_snapshot
from stevo_dagster.warehouse.tables import Table, days_read, tables

TIME_ZONES = {
    "US": "America/New_York",
    "BR": "America/Sao_Paulo",
    "CN": "Asia/Shanghai",
    "JP": "Asia/Tokyo",
    "GB": "Europe/London",
    "DE": "Europe/Berlin",
    "FR": "Europe/Paris",
    "IN": "Asia/Kolkata",
}

SEEDS = {
    "holidays": {"country": "varchar", "holiday_on": "date", "holiday_name": "varchar"},
    "time_zones": {"time_zone": "varchar", "country": "varchar"},
}


@dataclass(frozen=True)
class Window:
    """The run's id and UTC days, inclusive; no days means the whole lake."""

    run_id: str
    from_day: date | None
    to_day: date | None


def read_window(environ: Mapping[str, str]) -> Window:
    """The window of this process, from STEVO_RUN_ID, STEVO_FROM_DAY and STEVO_TO_DAY."""

    def day(name: str) -> date | None:
        text = environ.get(name)
        return date.fromisoformat(text) if text else None

    return Window(
        environ.get("STEVO_RUN_ID") or "by-hand", day("STEVO_FROM_DAY"), day("STEVO_TO_DAY")
    )


class Plugin(BasePlugin):
    """What dbt-duckdb loads, as named in profiles.yml."""

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Prepare the database of this process; called once."""
        settings = load_settings()
        window = read_window(os.environ)
        _limit(conn, settings, window)
        cells.register(conn)
        _load_references(conn)
        snapshot = open_lake(conn, settings, window)
        write_snapshot(settings.lake.staging(window.run_id), snapshot)

    def configure_cursor(self, cursor: Any) -> None:
        """Prepare one thread's cursor."""
        cursor.execute("set timezone = 'UTC'")


def open_lake(con: duckdb.DuckDBPyConnection, settings: Settings, window: Window) -> Snapshot:
    """Create the window table, the file list and a view for every declared table.

    Returns:
        The content hashes of what the views read, and of the days their rows came from.
    """
    published = {
        name: _published(settings.lake, table, window)
        for name, table in tables().items()
        if table.group != "staging"
    }
    _create_window(con, settings, window, published["events"])
    con.execute("create table stevo_tables (table_name varchar, is_daily boolean)")
    con.execute("create table stevo_files (table_name varchar, partition varchar, path varchar)")
    for name, found in published.items():
        table = tables()[name]
        paths = files(settings.lake, name, list(found))
        con.execute("insert into stevo_tables values (?, ?)", [name, table.is_daily])
        if paths:
            rows = [(name, part, str(path)) for part, path in zip(found, paths, strict=True)]
            con.executemany("insert into stevo_files values (?, ?, ?)", rows)
        con.execute(f"create view {name} as {view_sql(table, paths)}")
    hashes = {
        name: {part: described.content_hash for part, described in found.items()}
        for name, found in published.items()
    }
    return Snapshot(hashes, setting_inputs(settings))


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


def _published(lake: Lake, table: Table, window: Window) -> dict[str, Manifest]:
    wanted = partitions(lake, table.name)
    if table.is_daily and window.from_day is not None and window.to_day is not None:
        back = max([days_read(table.name), *_event_lookbacks(table)])
        first = day_partition(window.from_day - timedelta(days=back))
        wanted = [part for part in wanted if first <= part <= day_partition(window.to_day)]
    found = {}
    for part in wanted:
        described = manifest(lake, table.name, part)
        # A partition of an older contract is stale; publication refuses what would need it.
        if described is not None and _fits(table, described):
            found[part] = described
    return found


def _event_lookbacks(table: Table) -> list[int]:
    return [other.lookback_days for other in tables().values()] if table.name == "events" else []


def _fits(table: Table, described: Manifest) -> bool:
    return table.columns.keys() <= {column["name"] for column in described.schema}


def _create_window(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    window: Window,
    events: Mapping[str, Manifest],
) -> None:
    con.execute(
        "create table stevo_window (run_id varchar, from_day date, to_day date, first_day date,"
        " staging varchar, country varchar, time_zone varchar)"
    )
    first = min(events, default=None)
    con.execute(
        "insert into stevo_window values (?, ?, ?, ?, ?, ?, ?)",
        [
            window.run_id,
            window.from_day,
            window.to_day,
            date.fromisoformat(first.removeprefix("day=")) if first else None,
            str(settings.lake.staging(window.run_id)),
            settings.country,
            default_time_zone(settings),
        ],
    )
    con.execute("create table stevo_event_counts (day date, events bigint)")
    if events:
        con.executemany(
            "insert into stevo_event_counts values (?, ?)",
            [(part.removeprefix("day="), described.rows) for part, described in events.items()],
        )


def default_time_zone(settings: Settings) -> str:
    """The zone of events that name neither a zone nor an offset.

    Raises:
        StevoError: the country has no zone and no calendar here.
    """
    if settings.country not in TIME_ZONES:
        raise StevoError(
            f"no default time zone for country {settings.country!r}",
            where="STEVO_COUNTRY",
            fix=f"use one of: {', '.join(TIME_ZONES)}",
        )
    return TIME_ZONES[settings.country]


def _limit(con: duckdb.DuckDBPyConnection, settings: Settings, window: Window) -> None:
    spill = settings.lake.staging(window.run_id) / "spill"
    spill.mkdir(parents=True, exist_ok=True)
    con.execute(f"set memory_limit = {sql_text(settings.memory_limit)}")
    con.execute(f"set threads = {settings.threads}")
    con.execute(f"set temp_directory = {sql_text(str(spill))}")
    con.execute("set preserve_insertion_order = false")
    con.execute("set timezone = 'UTC'")


def _load_references(con: duckdb.DuckDBPyConnection) -> None:
    # Seeds are loaded here because a day run selects models alone, and agate is slow.
    for name, columns in SEEDS.items():
        path = DBT_PROJECT_DIR / "seeds" / f"{name}.csv"
        typed = ", ".join(f"'{column}': '{kind}'" for column, kind in columns.items())
        con.execute(
            f"create table {name} as select * from read_csv({sql_text(str(path))},"
            f" header = true, columns = {{{typed}}})"
        )
