"""One op of the warehouse: dbt stages and tests, Python publishes, Dagster records what it did.

Belongs here: the order of these steps and the translation of dbt's results to Dagster's events.
Does not belong here: deciding what may be published (`stevo_dagster/warehouse/publish.py`).

Outputs are held until their tables are published, so *recorded = published*: a day whose tests
failed is never recorded as materialised, and nothing is built upon it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg

from stevo_dagster.defs.outcome import column_schema
from stevo_dagster.defs.warehouse.columns import lineage_of_models
from stevo_dagster.lake import UNDATED, day_of, day_partition, lock_all, manifest, run_staging
from stevo_dagster.settings import Settings
from stevo_dagster.warehouse import build, graph
from stevo_dagster.warehouse.plan import require_inputs
from stevo_dagster.warehouse.publish import Decision, Published, decide_run, publish_run
from stevo_dagster.warehouse.steps import Steps

LOCK_SECONDS = 600.0


def build_tables(
    context: dg.AssetExecutionContext, settings: Settings, days: Sequence[date]
) -> Iterator[Any]:
    """Build the selected models for the run's days (none: undated) and yield Dagster's events.

    Nothing is yielded while locks are held: an interrupted run leaves this generator where it is,
    and the next run of the process would wait for its locks.

    Raises:
        dg.Failure: a table could not be published; names each with its reason.
    """
    models = sorted(key.path[-1] for key in context.selected_asset_keys)
    first, last = (min(days), max(days)) if days else (None, None)
    run_id = f"{context.run_id}.{context.op_handle.name}"
    parts = [day_partition(day) for day in days] or [UNDATED]
    with (
        lock_all(settings.lake, "warehouse", parts, wait_seconds=LOCK_SECONDS),
        run_staging(settings.lake, run_id),
    ):
        require_inputs(settings, models, first, last)
        results = build.run_dbt(settings, run_id, models, first, last, Steps().take)
        loaded = graph.read_manifest(build.MANIFEST_PATH)
        checks = list(check_results(json.loads(results.read_text()), loaded, set(models)))
        decisions = decide_run(settings, results, loaded, days)
        published = publish_run(settings, run_id, results, build.MANIFEST_PATH, days)
        built = sorted({one.table for one in published})
        lineage = lineage_of_models(settings, results.parent, built)
    yield from checks
    yield from _outputs(context, settings, published, loaded, lineage)
    refuse(models, decisions)


def check_results(
    run_results: Mapping[str, Any], loaded: Mapping[str, Any], models: set[str]
) -> Iterator[dg.AssetCheckResult]:
    """One result a data test of the models that were built."""
    owners = graph.tests_of(loaded)
    for result in run_results["results"]:
        unique_id = result["unique_id"]
        if not unique_id.startswith("test.") or owners.get(unique_id) not in models:
            continue
        yield dg.AssetCheckResult(
            asset_key=owners[unique_id],
            check_name=loaded["nodes"][unique_id]["name"],
            passed=result["status"] == "pass",
            severity=_severity(result["status"]),
            metadata={
                "status": result["status"],
                "failing rows": result.get("failures") or 0,
                "seconds": round(float(result.get("execution_time") or 0), 3),
                **({"message": result["message"]} if result.get("message") else {}),
            },
        )


def refuse(models: Sequence[str], decisions: Mapping[str, Decision]) -> None:
    """Fail the step if any table was not published.

    Raises:
        dg.Failure: names each table and its reason.
    """
    held = {
        name: decisions[name].reason if name in decisions else "dbt did not build it"
        for name in models
        if name not in decisions or not decisions[name].ok
    }
    if held:
        lines = [f"{name}: {reason}" for name, reason in sorted(held.items())]
        raise dg.Failure(
            f"{len(held)} of {len(models)} tables were not published\n" + "\n".join(lines),
            metadata={"not published": dg.MetadataValue.json(held)},
        )


def _outputs(
    context: dg.AssetExecutionContext,
    settings: Settings,
    published: Sequence[Published],
    loaded: Mapping[str, Any],
    lineage: Mapping[str, dg.TableColumnLineage],
) -> Iterator[dg.MaterializeResult]:
    by_table: dict[str, list[Published]] = {}
    for one in published:
        by_table.setdefault(one.table, []).append(one)
    for name, parts in by_table.items():
        described = manifest(settings.lake, name, parts[0].partition)
        assert described is not None
        metadata: dict[str, Any] = {
            "dagster/column_schema": column_schema(described, _descriptions(loaded, name)),
            "dagster/column_lineage": lineage[name],
        }
        if parts[0].partition == UNDATED:
            metadata |= {"dagster/row_count": parts[0].rows, "stevo/version": parts[0].version}
        for one in parts if parts[0].partition != UNDATED else []:
            context.add_asset_metadata(
                {"dagster/partition_row_count": one.rows, "stevo/version": one.version},
                asset_key=name,
                partition_key=day_of(one.partition).isoformat(),
            )
        yield dg.MaterializeResult(asset_key=name, metadata=metadata)


def _descriptions(loaded: Mapping[str, Any], name: str) -> dict[str, str]:
    node = loaded["nodes"][f"model.{loaded['metadata']['project_name']}.{name}"]
    return {column: value.get("description", "") for column, value in node["columns"].items()}


def _severity(status: str) -> dg.AssetCheckSeverity:
    return dg.AssetCheckSeverity.WARN if status == "warn" else dg.AssetCheckSeverity.ERROR
