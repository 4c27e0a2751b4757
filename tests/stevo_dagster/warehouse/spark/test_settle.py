"""From Spark's files to staged ones: types, days without rows, days made for children alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from stevo_dagster.settings import Settings
from stevo_dagster.warehouse.spark.settle import settle
from stevo_dagster.warehouse.tables import tables

DAY, NEXT = date(2024, 3, 10), date(2024, 3, 11)


def _spark_wrote(folder: Path, table: str, keys: tuple[int, ...]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, key in enumerate(keys):
        columns = ", ".join(
            f"cast({key if kind == 'ubigint' else 'null'}"
            f" as {'decimal(20, 0)' if kind == 'ubigint' else kind}) as {name}"
            for name, kind in tables()[table].columns.items()
        )
        duckdb.sql(f"select {columns}").write_parquet(str(folder / f"part-{number}.c000.parquet"))


def test_each_day_of_the_run_becomes_one_file_in_the_contracts_types(settings: Settings) -> None:
    scratch = settings.lake.staging("r") / "spark"
    largest = 2**64 - 1
    _spark_wrote(scratch / "fct_events" / f"lake_day={DAY}", "fct_events", (1, largest))
    _spark_wrote(scratch / "fct_events" / "lake_day=2024-03-09", "fct_events", (7,))
    staged = settle(settings, "r", [DAY, NEXT])
    assert [path.parent.name for path in staged] == [f"day={DAY}", f"day={NEXT}"]
    rows = [duckdb.read_parquet(str(path)) for path in staged]
    for one in rows:
        types = dict(zip(one.columns, (str(kind).lower() for kind in one.types), strict=True))
        assert types == dict(tables()["fct_events"].columns)
    assert sorted(rows[0].project("event_key").fetchall()) == [(1,), (largest,)]
    assert rows[1].fetchall() == []
    assert not scratch.exists()


def test_an_undated_table_is_one_file(settings: Settings) -> None:
    _spark_wrote(settings.lake.staging("r") / "spark" / "dim_cells", "dim_cells", (0,))
    staged = settle(settings, "r", [])
    assert [path.parent.name for path in staged] == ["all"]
    assert len(duckdb.read_parquet(str(staged[0])).fetchall()) == 1


def test_a_run_in_which_no_model_ran_stages_nothing(settings: Settings) -> None:
    assert settle(settings, "r", [DAY]) == []
