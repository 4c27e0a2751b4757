"""What Spark sees of the lake: views over verified files, the run's window, references, cells.

Belongs here: registering them in a session before dbt begins. Does not belong here: which files
they read (`opening.py`).

Views are global temporary ones, because dbt names every relation with a schema and those are the
only ones in a session that have one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from stevo_dagster.lake import day_partition, sql_text
from stevo_dagster.settings import Settings
from stevo_dagster.warehouse import cells
from stevo_dagster.warehouse.opening import SEEDS, default_time_zone, seed_path
from stevo_dagster.warehouse.session import Session
from stevo_dagster.warehouse.tables import Table, tables

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# Contracts name DuckDB's types. Spark has no unsigned integer of 64 bits.
TYPES = {
    "varchar": "string",
    "bigint": "bigint",
    "integer": "int",
    "double": "double",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp_ntz",
    "timestamp with time zone": "timestamp",
    "ubigint": "decimal(20,0)",
    "blob": "binary",
}


def open_lake(spark: SparkSession, settings: Settings, session: Session) -> None:
    """Register everything the models and their materialisations read.

    A table that the run may build has a second view, `<table>__before`: the published partitions
    that the run does not stage, over which staged ones are laid.
    """
    for name, found in session.published.items():
        table = tables()[name]
        _frame(spark, table, [found[part] for part in sorted(found)]).createGlobalTempView(name)
        staged = staged_partitions(session, table)
        rest = [found[part] for part in sorted(found) if part not in staged]
        _frame(spark, table, rest if table.is_daily else []).createTempView(f"{name}__before")
    for name in SEEDS:
        _seed(spark, name).createGlobalTempView(name)
    _window(spark, settings, session)
    _answers(spark, session)
    _register_cells(spark)


def staged_partitions(session: Session, table: Table) -> set[str]:
    """Partitions of a daily table that the run stages if it builds it."""
    return {day_partition(day) for day in session.days(table.name)} if table.is_daily else set()


def staging_folder(scratch: Path, table: str) -> Path:
    """Where Spark writes a table of a run, below the run's staging."""
    return scratch / "spark" / table


def _frame(spark: SparkSession, table: Table, paths: Sequence[Path]) -> DataFrame:
    if paths:
        return spark.read.parquet(*map(str, paths)).select(*table.columns)
    columns = ", ".join(
        f"cast(null as {TYPES[kind]}) as {name}" for name, kind in table.columns.items()
    )
    return spark.sql(f"select {columns} where false")


def _seed(spark: SparkSession, name: str) -> DataFrame:
    # Read here and not by Spark, whose executors may be on machines without the project.
    typed = ", ".join(f"'{column}': '{kind}'" for column, kind in SEEDS[name].items())
    with duckdb.connect() as con:
        rows = con.execute(
            f"select * from read_csv({sql_text(str(seed_path(name)))}, header = true,"
            f" columns = {{{typed}}})"
        ).to_arrow_table()
    return spark.createDataFrame(rows)


def _window(spark: SparkSession, settings: Settings, session: Session) -> None:
    window = session.window
    row = (window.run_id, window.from_day, window.to_day)
    spark.createDataFrame(
        [(*row, settings.country, default_time_zone(settings))],
        "run_id string, from_day date, to_day date, country string, time_zone string",
    ).createTempView("stevo_window")


def _answers(spark: SparkSession, session: Session) -> None:
    scratch = session.lake.staging(session.window.run_id)
    rows = [
        (
            name,
            session.steps(name) if table.is_daily else "[]",
            session.own_days(name),
            str(staging_folder(scratch, name)),
            json.dumps({column: TYPES[kind] for column, kind in table.columns.items()}),
        )
        for name, table in tables().items()
    ]
    spark.createDataFrame(
        rows,
        "table_name string, steps string, own_days string, spark_folder string, spark_types string",
    ).createTempView("stevo_session")


def _register_cells(spark: SparkSession) -> None:
    from pyspark.sql.functions import arrow_udf

    # pyspark's hints know scalars and iterators of arrays, but not functions of whole arrays.
    vectorised: Any = arrow_udf
    for name, function, kind in (
        ("h3_r9", cells.cells_of, "string"),
        ("h3_latitude", cells.latitudes, "double"),
        ("h3_longitude", cells.longitudes, "double"),
    ):
        spark.udf.register(name, vectorised(function, kind))
