"""What one dbt process sees of the lake."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import pytest

from stevo_dagster.errors import StevoError
from stevo_dagster.lake import Lake, collect_garbage, day_partition, write_table
from stevo_dagster.settings import Settings
from stevo_dagster.warehouse.duckdb_plugin import open_lake
from stevo_dagster.warehouse.session import Window
from stevo_dagster.warehouse.tables import tables

DAY = date(2024, 3, 10)


def _write(lake: Lake, table: str, day: date, without: str = "") -> None:
    values = {"day": f"date '{day}'"}
    columns = ", ".join(
        f"cast({values.get(name, 'null')} as {kind}) as {name}"
        for name, kind in tables()[table].columns.items()
        if name != without
    )
    with duckdb.connect() as con:
        rows = con.sql(f"select {columns}")
        write_table(lake, "run", table, day_partition(day), rows, code_hash="c", inputs={})


def _days(settings: Settings, window: Window, table: str) -> list[date]:
    with duckdb.connect() as con:
        open_lake(con, settings, window)
        return [row[0] for row in con.execute(f"select day from {table} order by 1").fetchall()]


def test_events_are_seen_as_far_back_as_any_model_looks(settings: Settings) -> None:
    for back in (0, 14, 15):
        _write(settings.lake, "events", DAY - timedelta(days=back))
    _write(settings.lake, "events", DAY + timedelta(days=1))
    assert _days(settings, Window("r", DAY, DAY), "events") == [DAY - timedelta(days=14), DAY]
    assert len(_days(settings, Window("r", None, None), "events")) == 4


def test_a_partition_of_an_older_contract_is_not_seen(settings: Settings) -> None:
    _write(settings.lake, "agg_flows", DAY)
    _write(settings.lake, "agg_flows", DAY + timedelta(days=1), without="users")
    assert _days(settings, Window("r", None, None), "agg_flows") == [DAY]


def test_every_declared_table_has_a_view_even_in_an_empty_lake(settings: Settings) -> None:
    with duckdb.connect() as con:
        snapshot = open_lake(con, settings, Window("r", DAY, DAY))
        for name, table in tables().items():
            if table.group != "staging":
                described = con.execute(f"describe {name}").fetchall()
                assert [row[0] for row in described] == list(table.columns), name
        home = con.execute("select country, time_zone from stevo_window").fetchall()
    assert home == [("US", "America/New_York")]
    assert snapshot.hashes["events"] == {} and snapshot.settings == {"settings/country": "US"}


def test_the_snapshot_is_of_what_the_views_read(settings: Settings) -> None:
    _write(settings.lake, "events", DAY)
    with duckdb.connect() as con:
        snapshot = open_lake(con, settings, Window("r", DAY, DAY))
    assert list(snapshot.hashes["events"]) == [day_partition(DAY)]


def test_what_the_run_builds_itself_is_not_opened_and_other_tables_are_not_there(
    settings: Settings,
) -> None:
    before = DAY - timedelta(days=1)
    for table, day in (("agg_flows", DAY), ("agg_flows", before), ("int_stays", DAY)):
        _write(settings.lake, table, day)
        path = settings.lake.link(table, day_partition(day)).resolve() / "part-0.parquet"
        if day == DAY:
            path.write_bytes(b"damaged")
    window = Window("r", DAY, DAY, frozenset({"agg_flows"}), frozenset({"int_moves"}))
    with duckdb.connect() as con:
        open_lake(con, settings, window)
        assert con.execute("select count(*) from agg_flows").fetchall() == [(0,)]
        assert con.execute("select count(*) from int_moves").fetchall() == [(0,)]
        with pytest.raises(duckdb.CatalogException):
            con.execute("select * from int_stays")
    with duckdb.connect() as con, pytest.raises(StevoError, match="damaged"):
        open_lake(con, settings, Window("r", DAY, DAY))


def test_what_a_session_reads_is_not_collected_while_it_lives(settings: Settings) -> None:
    _write(settings.lake, "events", DAY)
    with duckdb.connect() as con:
        open_lake(con, settings, Window("r", DAY, DAY))
        for column in ("file_id", "query"):
            _write(settings.lake, "events", DAY, without=column)
        assert collect_garbage(settings.lake, keep=1, recent_seconds=0) != []
        assert con.execute("select count(*) from events").fetchall() == [(1,)]
