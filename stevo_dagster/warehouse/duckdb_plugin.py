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
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

from stevo_dagster.errors import StevoError
from stevo_dagster.lake import (
    Lake,
    Manifest,
    day_partition,
    files,
    lease,
    manifest,
    partitions,
    sql_text,
)
from stevo_dagster.settings import DBT_PROJECT_DIR, Settings, load_settings
from stevo_dagster.warehouse import cells
from stevo_dagster.warehouse.inputs import Snapshot, setting_inputs, write_snapshot
from stevo_dagster.warehouse.session import Session, Window
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


def read_window(environ: Mapping[str, str]) -> Window:
    """The window of this process, from the variables that `build.dbt_env` sets."""

    def day(name: str) -> date | None:
        text = environ.get(name)
        return date.fromisoformat(text) if text else None

    return Window(
        environ.get("STEVO_RUN_ID") or "by-hand",
        day("STEVO_FROM_DAY"),
        day("STEVO_TO_DAY"),
        frozenset(environ.get("STEVO_BUILDS", "").split()),
        frozenset(environ.get("STEVO_READS", "").split()),
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
    """Create the window table, a view for every table of the run, and the session's functions.

    What the views read is leased until the process ends. Partitions that the run itself builds are
    not opened: staged ones take their place before anything reads them, so a damaged one can be
    built again.

    Returns:
        The content hashes of what the views read.
    """
    published = {
        name: _published(settings.lake, table, window)
        for name, table in tables().items()
        if table.group != "staging" and window.opens(table)
    }
    paths = {
        name: dict(zip(found, files(settings.lake, name, list(found)), strict=True))
        for name, found in published.items()
    }
    session = Session(
        lake=settings.lake,
        window=window,
        published=paths,
        event_rows={part: described.rows for part, described in published["events"].items()},
        lease=lease(settings.lake, [path for found in paths.values() for path in found.values()]),
    )
    session.register(con)
    _create_window(con, settings, window)
    for name in published:
        con.execute(f"create view {name} as {session.view(name)}")
    hashes = {
        name: {part: described.content_hash for part, described in found.items()}
        for name, found in published.items()
    }
    return Snapshot(hashes, setting_inputs(settings))


def _published(lake: Lake, table: Table, window: Window) -> dict[str, Manifest]:
    wanted = partitions(lake, table.name)
    if table.is_daily and window.from_day is not None and window.to_day is not None:
        back = max([days_read(table.name), *_event_lookbacks(table)])
        first = day_partition(window.from_day - timedelta(days=back))
        wanted = [part for part in wanted if first <= part <= day_partition(window.to_day)]
    wanted = [part for part in wanted if not window.builds_partition(table, part)]
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


def _create_window(con: duckdb.DuckDBPyConnection, settings: Settings, window: Window) -> None:
    con.execute(
        "create table stevo_window"
        " (run_id varchar, from_day date, to_day date, country varchar, time_zone varchar)"
    )
    con.execute(
        "insert into stevo_window values (?, ?, ?, ?, ?)",
        [
            window.run_id,
            window.from_day,
            window.to_day,
            settings.country,
            default_time_zone(settings),
        ],
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
