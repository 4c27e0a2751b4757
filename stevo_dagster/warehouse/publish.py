"""Publication: from dbt's results, which staged tables become visible, parents first.

Belongs here: the rule (pure) and its use on one run's staging. Does not belong here: how a version
is written and switched (`stevo_dagster.lake`).

A table is published when its model succeeded, every test that belongs to it passed or warned, and
every parent in the run is published too. Parents outside the run count as passed when all the days
that were read of them are published and current. Look-back days that were staged for children are
never published.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from stevo_dagster.lake import UNDATED, Lake, day_partition, publish
from stevo_dagster.settings import Settings
from stevo_dagster.warehouse import graph
from stevo_dagster.warehouse.inputs import read_snapshot
from stevo_dagster.warehouse.plan import missing_input, read_state

_PASSED = ("success", "pass", "warn")
_WRITERS = 4
_WAIT_SECONDS = 60.0


@dataclass(frozen=True)
class Decision:
    """Whether a table may be published, and if not, why."""

    ok: bool
    reason: str


@dataclass(frozen=True)
class Published:
    """One partition that is published now. `rows` is its row count."""

    table: str
    partition: str
    rows: int
    version: str


def publishable(
    run_results: Mapping[str, Any],
    manifest: Mapping[str, Any],
    refused: Mapping[str, str] | None = None,
) -> dict[str, Decision]:
    """Decide on every lake table that dbt built, parents first.

    Args:
        run_results: dbt's run_results.json.
        manifest: dbt's manifest.json.
        refused: tables that may not be published for a reason dbt cannot know.

    Returns:
        Table name to decision, in the order of publication.
    """
    status = {result["unique_id"]: result for result in run_results["results"]}
    failures = _failed_tests(status, graph.tests_of(manifest))
    decisions: dict[str, Decision] = {}
    for name in graph.lake_models(manifest):
        result = status.get(f"model.{manifest['metadata']['project_name']}.{name}")
        if result is None:
            continue
        decisions[name] = _decide(
            name, result, failures, graph.parents(manifest, name), decisions, refused or {}
        )
    return decisions


def publish_run(
    settings: Settings,
    run_id: str,
    run_results_path: Path,
    manifest_path: Path,
    days: Sequence[date],
) -> list[Published]:
    """Publish what one dbt run staged and its tests passed.

    Args:
        settings: the home.
        run_id: the run whose staging holds the files.
        run_results_path: dbt's run_results.json of that run.
        manifest_path: dbt's manifest.json.
        days: the run's own days; empty for undated tables.

    Returns:
        What is published now, parents first. Compare with `publishable` for what is not.

    Raises:
        StevoError: another process holds a partition for too long, or a file was not staged.
    """
    manifest = graph.read_manifest(manifest_path)
    decisions = decide_run(settings, run_results_path, manifest, days)
    snapshot = read_snapshot(settings.lake.staging(run_id))
    code = graph.code_hashes(manifest, graph.project_variables())
    done: list[Published] = []
    for name, decision in decisions.items():
        if decision.ok:
            parts = [day_partition(day) for day in days] or [UNDATED]
            parents = graph.parents(manifest, name)
            work = {part: snapshot.inputs(name, part, parents) for part in parts}
            done += _publish_table(settings.lake, run_id, name, code[name], work)
    return done


def decide_run(
    settings: Settings,
    run_results_path: Path,
    manifest: Mapping[str, Any],
    days: Sequence[date],
) -> dict[str, Decision]:
    """`publishable` for one run, with the state of the parents that were not in it."""
    results = json.loads(run_results_path.read_text())
    built = list(publishable(results, manifest))
    state = read_state(settings, manifest)
    refused = {}
    for name in built:
        outside = missing_input(
            state,
            [name],
            min(days, default=None),
            max(days, default=None),
            in_run=built,
        )
        if outside is not None:
            refused[name] = f"{outside[0]} {outside[1]} is {outside[2]}"
    return publishable(results, manifest, refused)


def _failed_tests(
    status: Mapping[str, Mapping[str, Any]], owners: Mapping[str, str]
) -> dict[str, list[str]]:
    failures: dict[str, list[str]] = {}
    for unique_id, result in status.items():
        owner = owners.get(unique_id)
        if owner is not None and result["status"] not in _PASSED:
            failures.setdefault(owner, []).append(unique_id.split(".")[2])
    return failures


def _decide(
    name: str,
    result: Mapping[str, Any],
    failures: Mapping[str, Sequence[str]],
    parents: Sequence[str],
    decisions: Mapping[str, Decision],
    refused: Mapping[str, str],
) -> Decision:
    if result["status"] not in _PASSED:
        return Decision(False, f"the model ended as {result['status']}: {result.get('message')}")
    if name in failures:
        return Decision(False, "tests failed: " + ", ".join(sorted(failures[name])))
    if name in refused:
        return Decision(False, refused[name])
    held = sorted(parent for parent in parents if parent in decisions and not decisions[parent].ok)
    if held:
        return Decision(False, "parents are not published: " + ", ".join(held))
    return Decision(True, "model and tests passed")


def _publish_table(
    lake: Lake, run_id: str, name: str, code: str, work: Mapping[str, Mapping[str, str]]
) -> list[Published]:
    def one(part: str) -> Published:
        described = publish(
            lake,
            run_id,
            name,
            part,
            code_hash=code,
            inputs=work[part],
            wait_seconds=_WAIT_SECONDS,
        )
        return Published(name, part, described.rows, described.version)

    # Days of one table are independent; a pool hides the waits for fsync.
    with ThreadPoolExecutor(_WRITERS) as pool:
        return list(pool.map(one, work))
