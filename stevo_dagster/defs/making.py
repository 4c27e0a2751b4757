"""How a Python-made table becomes an asset: reuse it when it is current, else compute and publish.

Belongs here: the frame that feature, model and prediction assets share. Does not belong here: what
they compute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from stevo_dagster import derived
from stevo_dagster.defs.automation.conditions import when_inputs_are_whole
from stevo_dagster.defs.labels import Group, Owner, access_tags
from stevo_dagster.defs.outcome import materialised
from stevo_dagster.errors import StevoError
from stevo_dagster.lake import Manifest, connect, files, partitions
from stevo_dagster.settings import Settings

if TYPE_CHECKING:
    import duckdb

    from stevo_dagster.checks.suite import Suite


def spec(
    name: str,
    group: Group,
    owner: Owner,
    description: str,
    *,
    deps: Sequence[str] | None = None,
    kinds: frozenset[str] | set[str] = frozenset({"pandas", "parquet"}),
) -> dg.AssetSpec:
    """The spec of a Python-made asset; its dependencies are what `derived` says it reads."""
    reads = deps if deps is not None else derived.DERIVED[name].reads
    return dg.AssetSpec(
        name,
        deps=list(reads),
        group_name=group.value,
        owners=[owner.value],
        kinds={"python", *kinds},
        tags=access_tags(name),
        description=description,
        automation_condition=when_inputs_are_whole(),
    )


def make(
    context: dg.AssetExecutionContext,
    settings: Settings,
    names: Sequence[str],
    compute: Callable[[], Mapping[str, Any]],
    *,
    values: Mapping[str, Any] | None = None,
    audit: derived.Audit | None = None,
) -> dict[str, Manifest]:
    """The manifests of tables, computed only where they are not current."""
    found = {name: derived.current(settings.lake, name, values) for name in names}
    known = {name: described for name, described in found.items() if described is not None}
    if len(known) == len(names):
        context.log.info(f"{', '.join(names)}: current, nothing to do")
        return known
    run_id = f"{context.run_id}.{names[0]}"
    return derived.write(settings.lake, run_id, names, compute, settings=values, audit=audit)


def make_checked(
    context: dg.AssetExecutionContext,
    settings: Settings,
    suite: Suite,
    compute: Callable[[], Mapping[str, Any]],
    *,
    values: Mapping[str, Any] | None = None,
    beside: Mapping[str, Sequence[Path]] | None = None,
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Make the table of a suite, published only if no blocking expectation fails.

    Yields:
        The materialisation and one check result an expectation; only the latter when held back.

    Raises:
        dg.Failure: blocking expectations failed; names each.
    """
    from stevo_dagster.checks.adapter import run_suite
    from stevo_dagster.checks.asset_checks import as_check_result
    from stevo_dagster.checks.gate import require

    name = suite.table
    found: list[Any] = []

    def audit(_: str, path: Path) -> None:
        found.extend(run_suite(suite, [path], beside))
        require(found)

    try:
        made = make(context, settings, [name], compute, values=values, audit=audit)
    except StevoError as error:
        if not found:
            raise
        yield from (as_check_result(name, one) for one in found)
        raise dg.Failure(str(error)) from error
    yield materialised(made[name])
    results = found or run_suite(suite, files(settings.lake, name), beside)
    yield from (as_check_result(name, one) for one in results)


def frame(settings: Settings, table: str, sql: str | None = None) -> Any:
    """A published table as a DataFrame in an order of its own, or a query over it.

    The files of equal versions may hold equal rows in another order, and sums of floats depend on
    it: so rows are sorted by every column unless the query has an order.

    Raises:
        StevoError: nothing of it is published.
    """
    with reading(settings, [table]) as con:
        return con.execute(sql or f"select * from {table} order by all").df()


def one_row(settings: Settings, table: str) -> dict[str, Any]:
    """The only row of a published one-row table.

    Raises:
        StevoError: it is not published.
    """
    with reading(settings, [table]) as con:
        found = con.execute(f"select * from {table}")
        names = [column[0] for column in found.description or []]
        return dict(zip(names, found.fetchall()[0], strict=True))


def reading(settings: Settings, wanted: Sequence[str]) -> duckdb.DuckDBPyConnection:
    """A connection with a view of each wanted table, within the home's limits.

    Raises:
        StevoError: one of them has nothing published.
    """
    for table in wanted:
        if not partitions(settings.lake, table):
            raise StevoError(
                f"{table} is not published yet",
                where=str(settings.lake.root / table),
                fix="`stevo run` builds what is missing, in order",
            )
    return connect(
        settings.lake, wanted, memory_limit=settings.memory_limit, threads=settings.threads
    )
