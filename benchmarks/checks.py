"""How fast a suite runs pushed down into DuckDB, beside Great Expectations on pandas.

Run: `python -m benchmarks.checks [--rows N] [--repeats N]`. Both evaluate the same expectations of
the same Parquet file, reading it included, and must agree on every outcome. Prints JSON; times are
the best of the repeats, with GX imported beforehand. Only expectations that GX has on both engines
take part, so rules written as SQL are not in it, and the rows are synthetic and compress well.

Belongs here: measuring. Does not belong here: a second adapter anyone would use.
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from stevo_dagster.checks.adapter import _as_gx, run_suite
from stevo_dagster.checks.suite import Suite, finite, finite_between, not_null, one_of, some_rows

ROWS_SQL = """
select i as event_id, 'u' || i % 9973 as user_id,
    ['click', 'browse', 'cart', 'purchase'][1 + i % 4] as event_type,
    40 + (i % 1000) / 1000.0::double as latitude, -74 + (i % 777) / 1000.0::double as longitude,
    (i % 24)::int as local_hour, (1 + i % 7)::int as weekday,
    case when i % 11 = 0 then null else (i % 600)::double end as dwell_seconds,
    case when i % 100003 = 0 then -1 else (i % 90)::double end as amount
from range({rows}) as numbers (i)
"""
COLUMNS = ("event_id", "user_id", "event_type", "latitude", "longitude", "local_hour", "weekday")


def suite() -> Suite:
    """Eighteen expectations that GX knows on both engines; one of them fails."""
    return Suite(
        "measured",
        "measured",
        (
            some_rows(),
            *(not_null(name) for name in COLUMNS),
            one_of("event_type", ("click", "browse", "cart", "purchase")),
            finite_between("latitude", -90, 90),
            finite_between("longitude", -180, 180),
            finite_between("local_hour", 0, 23),
            finite_between("weekday", 1, 7),
            finite_between("dwell_seconds", 0, 86_400),
            finite_between("amount", 0, 1e6),
            finite("latitude"),
            finite("longitude"),
            finite("dwell_seconds"),
        ),
    )


def with_duckdb(path: Path) -> dict[str, bool]:
    """Outcome by expectation, by stevo's adapter."""
    return {one.name: one.success for one in run_suite(suite(), [path])}


def with_pandas(path: Path) -> dict[str, bool]:
    """Outcome by expectation, by GX on a DataFrame."""
    import great_expectations as gx
    import pandas as pd
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("pandas").add_dataframe_asset("measured")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch(
        {"dataframe": pd.read_parquet(path)}
    )
    listed = [_as_gx(expectation) for expectation in suite().expectations]
    found = batch.validate(
        gx.ExpectationSuite(name="measured", expectations=listed), result_format="SUMMARY"
    )
    return {one.expectation_config.meta["stevo_name"]: bool(one.success) for one in found.results}


@dataclass
class Timing:
    """What the fastest repeat took: seconds on the clock, and of all processors together."""

    seconds: float = float("inf")
    cpu_seconds: float = float("inf")

    def take(self, run: Callable[[Path], dict[str, bool]], path: Path) -> dict[str, bool]:
        """Run once, keep the smaller times, give the outcome back."""
        begun, cpu_begun = time.perf_counter(), time.process_time()
        result = run(path)
        self.seconds = min(self.seconds, time.perf_counter() - begun)
        self.cpu_seconds = min(self.cpu_seconds, time.process_time() - cpu_begun)
        return result


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "measured.parquet"
        duckdb.execute(f"copy ({ROWS_SQL.format(rows=options.rows)}) to '{path}'")
        run_suite(Suite("warm", "warm", (some_rows(),)), [path])
        pushed, pandas = Timing(), Timing()
        for _ in range(options.repeats):  # in turns, so that a busy machine slows both
            ours, theirs = pushed.take(with_duckdb, path), pandas.take(with_pandas, path)
            if ours != theirs:
                raise SystemExit(f"the engines disagree: {ours} against {theirs}")
        size = path.stat().st_size
    print(
        json.dumps(
            {
                "rows": options.rows,
                "peer": "Great Expectations on pandas",
                "megabytes": round(size / 1e6, 1),
                "expectations": len(ours),
                "failed": sum(not success for success in ours.values()),
                "duckdb": {name: round(value, 3) for name, value in asdict(pushed).items()},
                "pandas": {name: round(value, 3) for name, value in asdict(pandas).items()},
                "ratio": round(pandas.seconds / pushed.seconds, 2),
                "cpu_ratio": round(pandas.cpu_seconds / pushed.cpu_seconds, 2),
                "machine": f"{platform.machine()}, python {platform.python_version()}",
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
