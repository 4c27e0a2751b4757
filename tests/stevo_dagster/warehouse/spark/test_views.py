"""What Spark sees of the lake, without starting it; the rest is `tests/dbt/test_engines.py`."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from stevo_dagster.settings import Settings
from stevo_dagster.warehouse.session import Session, Window
from stevo_dagster.warehouse.spark.views import TYPES, staged_partitions, staging_folder
from stevo_dagster.warehouse.tables import tables

DAY = date(2024, 3, 10)


def test_every_type_of_a_contract_has_its_name_in_spark() -> None:
    used = {kind for table in tables().values() for kind in table.columns.values()}
    assert used <= TYPES.keys()


def test_days_that_children_read_are_staged_too_and_undated_tables_have_none(
    settings: Settings,
) -> None:
    rows = {f"day=2024-03-{number:02}": 1 for number in range(1, 11)}
    session = Session(settings.lake, Window("r", DAY, DAY), {}, rows)
    assert staged_partitions(session, tables()["agg_flows"]) == {"day=2024-03-10"}
    assert min(staged_partitions(session, tables()["int_events_clean"])) == "day=2024-03-03"
    assert staged_partitions(session, tables()["dim_users"]) == set()


def test_spark_writes_below_the_runs_staging() -> None:
    assert staging_folder(Path("/s"), "dim_users") == Path("/s/spark/dim_users")
