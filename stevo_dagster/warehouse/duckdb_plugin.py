"""The dbt-duckdb plugin: what one dbt process sees of the lake.

Belongs here: settings of the in-memory database, views over verified lake files, the run's window,
the reference tables and the cell functions. Does not belong here: what any engine opens
(`opening.py`), writing (the `lake_day` and `lake_table` materialisations stage) or publishing.

Views are made when the connection opens, over file lists frozen at that moment: a run sees one
state of the lake. The run's home, id and days come from the environment and not from dbt
variables, because changed variables force a full parse.
"""

from __future__ import annotations

import os
from typing import Any

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

from stevo_dagster.lake import sql_text
from stevo_dagster.settings import Settings, load_settings
from stevo_dagster.warehouse import cells
from stevo_dagster.warehouse.inputs import Snapshot, write_snapshot
from stevo_dagster.warehouse.opening import (
    SEEDS,
    default_time_zone,
    open_session,
    read_window,
    seed_path,
)
from stevo_dagster.warehouse.session import Window


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
    session, snapshot = open_session(settings, window)
    session.register(con)
    _create_window(con, settings, window)
    for name in session.published:
        con.execute(f"create view {name} as {session.view(name)}")
    return snapshot


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
        typed = ", ".join(f"'{column}': '{kind}'" for column, kind in columns.items())
        con.execute(
            f"create table {name} as select * from read_csv({sql_text(str(seed_path(name)))},"
            f" header = true, columns = {{{typed}}})"
        )
