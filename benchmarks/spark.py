"""The warehouse on Spark beside the warehouse on DuckDB: the same days, every row compared.

Run: `python -m benchmarks.spark [--people N] [--days N] [--seed N]`. A simulated city is ingested
once, its home is copied, and each engine builds days, windows and undated tables with their tests,
and publishes. Prints JSON: events, seconds of each engine, `ratio` (seconds of DuckDB over those of
Spark, so below 1 where DuckDB is faster), and where rows differ by more than 1e-9.

Belongs here: the two runs and the comparison. The engines are in `stevo_dagster/warehouse`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import duckdb

from stevo_dagster.days import days_between
from stevo_dagster.ingest import ingest_path
from stevo_dagster.instance import bootstrap
from stevo_dagster.lake import Lake, files, manifest, partitions, run_staging, scan
from stevo_dagster.settings import Settings, load_settings
from stevo_dagster.sources.simulator import simulate
from stevo_dagster.warehouse import build
from stevo_dagster.warehouse.publish import publish_run
from stevo_dagster.warehouse.tables import Table, tables

FIRST = date(2024, 10, 10)
GROUPS = ("days", "windows", "undated")
# Doubles are the same where they differ by at most this much of the larger of 1 and themselves.
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Difference:
    """How one table of two lakes differs.

    Attributes:
        rows: rows of the first lake.
        unmatched: keys that only one of the two has.
        differing: column to the rows that differ; doubles within the tolerance are the same.
        rounding: double column to its largest difference within the tolerance, where not zero.
    """

    rows: int
    unmatched: int
    differing: Mapping[str, int]
    rounding: Mapping[str, float]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; the exit status is 1 where any row differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seed", type=int, default=4)
    options = parser.parse_args(argv)
    last = FIRST + timedelta(days=options.days - 1)
    with tempfile.TemporaryDirectory() as folder:
        embedded, spark = make_homes(Path(folder), options.people, options.days, options.seed)
        seconds = {one.engine: sum(build_all(one, FIRST, last)) for one in (embedded, spark)}
        found = differences(embedded.lake, spark.lake)
        events = count_events(embedded.lake)
    wrong = {name: one for name, one in found.items() if one.unmatched or one.differing}
    print(
        json.dumps(
            {
                "events": events,
                "days": options.days,
                "threads": embedded.threads,
                "peer": "the same models on DuckDB",
                "duckdb_seconds": round(seconds["duckdb"], 1),
                "spark_seconds": round(seconds["spark"], 1),
                "ratio": round(seconds["duckdb"] / seconds["spark"], 3),
                "rows": sum(one.rows for one in found.values()),
                "differing": {name: vars(one) for name, one in wrong.items()},
            }
        )
    )
    return 1 if wrong else 0


def make_homes(folder: Path, people: int, days: int, seed: int) -> tuple[Settings, Settings]:
    """Two homes with the same events and nothing built, for DuckDB and for Spark."""
    embedded = load_settings(folder / "duckdb", {"STEVO_ENV": "ci", "STEVO_ENGINE": "duckdb"})
    build.ensure_manifest()
    bootstrap(embedded)
    city = simulate(folder / "city", people=people, days=days, seed=seed, start=str(FIRST))
    ingest_path(embedded, city.events, "events", "city", "spark")
    shutil.copytree(embedded.home, folder / "spark", symlinks=True)
    return embedded, replace(embedded, engine="spark", home=folder / "spark")


def build_all(settings: Settings, from_day: date, to_day: date) -> list[float]:
    """Build and publish every group of tables with the home's engine; seconds of each."""
    taken = []
    for group in GROUPS:
        began = time.monotonic()
        days = (None, None) if group == "undated" else (from_day, to_day)
        with run_staging(settings.lake, group):
            results = build.run_dbt(settings, group, [f"tag:{group}"], *days)
            publish_run(settings, group, results, build.ensure_manifest(), days_between(*days))
        taken.append(time.monotonic() - began)
    return taken


def differences(one: Lake, other: Lake) -> dict[str, Difference]:
    """Every table that dbt makes, compared row by row by its key.

    Raises:
        ValueError: a table lacks partitions, or its types differ.
    """
    found = {}
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        for name, table in tables().items():
            if table.group in ("source", "staging"):
                continue
            parts = partitions(one, name)
            if not parts or parts != partitions(other, name):
                raise ValueError(f"{name} has not the same partitions in both lakes")
            if _types(con, one, name) != _types(con, other, name):
                raise ValueError(f"{name} has not the same types in both lakes")
            found[name] = compare(con, table, scan(files(one, name)), scan(files(other, name)))
    return found


def compare(con: duckdb.DuckDBPyConnection, table: Table, one: str, other: str) -> Difference:
    """Compare two relations of one table; `one` and `other` stand after FROM."""
    same_key = " and ".join(f"a.{name} is not distinct from b.{name}" for name in table.key)
    wanted = ["count(a.is_a)", "count(*) filter (where a.is_a is null or b.is_b is null)"]
    for name, kind in table.columns.items():
        apart = f"abs(a.{name} - b.{name}) / greatest(1, abs(a.{name}))"
        differs = f"a.{name} is distinct from b.{name}"
        if kind == "double":
            differs += f" and coalesce({apart} > {TOLERANCE}, true)"
        both = "a.is_a is not null and b.is_b is not null"
        wanted.append(f"count(*) filter (where {both} and {differs})")
        wanted.append(f"max({apart})" if kind == "double" else "null")
    row = con.execute(
        f"select {', '.join(wanted)} from (select *, true as is_a from {one}) as a"
        f" full join (select *, true as is_b from {other}) as b on {same_key}"
    ).fetchone()
    assert row is not None
    differing = dict(zip(table.columns, row[2::2], strict=True))
    rounding = dict(zip(table.columns, row[3::2], strict=True))
    return Difference(
        rows=row[0],
        unmatched=row[1],
        differing={name: count for name, count in differing.items() if count},
        rounding={name: most for name, most in rounding.items() if most and most <= TOLERANCE},
    )


def count_events(lake: Lake) -> int:
    """Rows of `events`."""
    described = [manifest(lake, "events", part) for part in partitions(lake, "events")]
    return sum(one.rows for one in described if one is not None)


def _types(con: duckdb.DuckDBPyConnection, lake: Lake, name: str) -> list[tuple[str, str]]:
    rows = con.execute(f"describe select * from {scan(files(lake, name))}").fetchall()
    return [(row[0], row[1]) for row in rows]


if __name__ == "__main__":
    raise SystemExit(main())
