"""The thin adapter on Great Expectations: a suite over a view, pushed down into DuckDB.

Belongs here: everything that knows GX. Does not belong here: what is expected (the suites), Dagster
(`asset_checks.py`) or what a failure leads to (`gate.py`). GX is pinned exactly, because
`_keep_duckdb_connection` touches a private name.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stevo_dagster.checks.suite import ROWS, VOLUME_DRIFT, Expectation, Severity, Suite
from stevo_dagster.errors import StevoError

if TYPE_CHECKING:
    import duckdb

SAMPLE_ROWS = 20


@dataclass(frozen=True)
class ExpectationResult:
    """What one expectation found.

    Attributes:
        suite: the suite's name.
        name: the expectation's name.
        column: its column, or None.
        success: whether it holds. An expectation that could not be evaluated does not hold.
        severity: whether a failure stops the chain.
        observed: what was seen: a figure, a list of columns or a number of unexpected rows.
        sample: up to 20 unexpected values or rows, ready for JSON.
        unexpected_count: number of rows (or groups) against it, where they are counted.
        element_count: rows looked at; None where the table could not be read.
        details: the error, where it could not be evaluated; else what is expected.
    """

    suite: str
    name: str
    column: str | None
    success: bool
    severity: Severity
    observed: Any
    sample: list[Any]
    unexpected_count: int | None
    element_count: int | None
    details: str


def run_suite(
    suite: Suite, paths: Sequence[Path], beside: Mapping[str, Sequence[Path]] | None = None
) -> list[ExpectationResult]:
    """Run a suite over the files of its table.

    Args:
        suite: what must hold.
        paths: verified Parquet files of the table, as `lake.files` lists them, or a staged file.
        beside: files of other tables that the suite's queries name.

    Returns:
        One result an expectation, in the suite's order.

    Raises:
        StevoError: a table has no files.
    """
    import duckdb

    from stevo_dagster.lake import create_view

    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        for table, listed in {suite.table: paths, **(beside or {})}.items():
            if not listed:
                raise StevoError(
                    f"there are no files of {table} to check",
                    where=f"suite {suite.name}",
                    fix="publish or stage the table first: `stevo run`",
                )
            create_view(con, table, list(listed))
        return run_suite_on(con, suite)


def run_suite_on(con: duckdb.DuckDBPyConnection, suite: Suite) -> list[ExpectationResult]:
    """Run a suite over the view or table `suite.table` of an open connection.

    The view must not be temporary: GX looks through a cursor of its own, which would not see it.

    Returns:
        One result an expectation, in the suite's order.
    """
    pushed = [one for one in suite.expectations if one.kind != VOLUME_DRIFT]
    found = _validate(con, suite, pushed)
    rows = con.execute(f'select count(*) from "{suite.table}"').fetchall()[0][0]
    return [
        _drift_result(con, suite, one, rows)
        if one.kind == VOLUME_DRIFT
        else _result(con, suite, one, found[one.name], rows)
        for one in suite.expectations
    ]


def _validate(
    con: duckdb.DuckDBPyConnection, suite: Suite, expectations: Sequence[Expectation]
) -> dict[str, Any]:
    """GX's result by expectation name: GX gives them back in an order of its own."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations as gx
    from duckdb_engine import ConnectionWrapper
    from great_expectations.data_context.types.base import ProgressBarsConfig

    _keep_duckdb_connection()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_sql(
        suite.name,
        connection_string="duckdb:///:memory:",
        create_temp_table=False,
        # A field of the source that GX's own type stub leaves out.
        kwargs={"creator": lambda: ConnectionWrapper(con.cursor())},  # type: ignore[call-arg]
    )
    try:
        asset = source.add_table_asset(suite.table, table_name=suite.table)
        batch = asset.add_batch_definition_whole_table("all").get_batch()
        listed = [_as_gx(expectation) for expectation in expectations]
        validated = batch.validate(
            gx.ExpectationSuite(name=suite.name, expectations=listed), result_format="SUMMARY"
        )
    finally:
        source.get_execution_engine().close()
    return {
        result.expectation_config.meta["stevo_name"]: result
        for result in validated.results
        if result.expectation_config is not None
    }


def _as_gx(expectation: Expectation) -> Any:
    import great_expectations.expectations as kinds

    made = getattr(kinds, expectation.kind)
    return made(**expectation.arguments, meta={"stevo_name": expectation.name})


def _keep_duckdb_connection() -> None:
    """Tell GX to keep its DuckDB connection open while it fetches.

    As shipped, GX closes the connection before it reads the rows, which DuckDB does not allow.
    """
    from great_expectations.execution_engine import sqlalchemy_execution_engine as engine

    known = engine._PERSISTED_CONNECTION_DIALECTS
    if not any(dialect.value == "duckdb" for dialect in known):
        engine._PERSISTED_CONNECTION_DIALECTS = (*known, _DuckDbDialect())  # type: ignore[assignment]


class _DuckDbDialect(str):
    """Stands beside GX's own dialects, which are texts with a `value`."""

    value = "duckdb"

    def __new__(cls) -> _DuckDbDialect:
        return super().__new__(cls, "duckdb")


def _result(
    con: duckdb.DuckDBPyConnection, suite: Suite, expectation: Expectation, result: Any, rows: int
) -> ExpectationResult:
    seen = result.result or {}
    error = _error(result)
    unexpected = seen.get("unexpected_count")
    sample = seen.get("partial_unexpected_list") or []
    if expectation.kind == ROWS and error is None:
        unexpected = int(seen["observed_value"])
        sample = [] if result.success else _sample(con, suite, expectation)
    return ExpectationResult(
        suite=suite.name,
        name=expectation.name,
        column=expectation.column,
        success=bool(result.success) and error is None,
        severity=expectation.severity,
        observed=_plain(seen.get("observed_value", unexpected)),
        sample=[_plain(value) for value in sample[:SAMPLE_ROWS]],
        unexpected_count=unexpected,
        element_count=seen.get("element_count", rows),
        details=f"could not be checked: {error}" if error else expectation.description,
    )


def _sample(con: duckdb.DuckDBPyConnection, suite: Suite, expectation: Expectation) -> list[Any]:
    """The first rows of a failed query; GX's summary counts them but does not show them."""
    query = expectation.arguments["unexpected_rows_query"].format(batch=f'"{suite.table}"')
    found = con.execute(f"select * from ({query}) limit {SAMPLE_ROWS}")
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _drift_result(
    con: duckdb.DuckDBPyConnection, suite: Suite, expectation: Expectation, rows: int
) -> ExpectationResult:
    from stevo_dagster.checks.volumes import unusual_days

    arguments = expectation.arguments
    query = f'select {arguments["day"]} as day, count(*) from "{suite.table}" group by 1'
    counts = {day: count for day, count in con.execute(query).fetchall() if day is not None}
    unusual = unusual_days(counts, limit=arguments["limit"], newest=arguments["newest"])
    sample = [
        {"day": str(one.day), "rows": one.rows, "expected": one.expected, "z": round(one.z, 2)}
        for one in unusual
    ]
    return ExpectationResult(
        suite=suite.name,
        name=expectation.name,
        column=expectation.column,
        success=not unusual,
        severity=expectation.severity,
        observed=f"{len(unusual)} unusual of the newest {arguments['newest']} days",
        sample=sample[:SAMPLE_ROWS],
        unexpected_count=len(unusual),
        element_count=rows,
        details=expectation.description,
    )


def _error(result: Any) -> str | None:
    """Why GX could not evaluate it, in one line: GX keeps one error, or one for each metric."""
    raised = result.exception_info or {}
    infos = [raised] if "raised_exception" in raised else list(raised.values())
    messages = [
        str(info["exception_message"]).splitlines()[0] for info in infos if info["raised_exception"]
    ]
    return "; ".join(dict.fromkeys(messages)) or None


def _plain(value: Any) -> Any:
    """A value that JSON can hold; NaN and infinities become texts, for JSON has none."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)
