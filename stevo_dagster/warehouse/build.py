"""Running dbt: its arguments and environment as pure functions, and the run itself.

Belongs here: how dbt is called. dbt only stages; what it staged becomes visible through
`publish.py`. Does not belong here: which days need a run (`plan.py`).

A run id names one dbt invocation: two that go on at the same time need two ids, because the id
names their staging folder.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from stevo_dagster.days import days_between
from stevo_dagster.errors import StevoError
from stevo_dagster.settings import DBT_PROJECT_DIR, MANIFEST_PATH, Settings
from stevo_dagster.warehouse import graph
from stevo_dagster.warehouse.tables import tables

PARTIAL_PARSE_PATH = MANIFEST_PATH.with_name("partial_parse.msgpack")
STAGING_VIEW = "stg_events"
LINEAGE = "lineage"
KEPT_RUNS = 20
_PROGRAMS = {"duckdb": "dbt.cli.main", "spark": "stevo_dagster.warehouse.spark.process"}
QUIET = {
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DO_NOT_TRACK": "1",
    "DBT_USE_COLORS": "false",
}


def dbt_args(
    selection: Sequence[str],
    *,
    command: str = "build",
    unit_tests: bool = False,
    target: Path | None = None,
    partial_parse: Path | None = None,
    engine: str = "duckdb",
) -> list[str]:
    """Arguments of one dbt invocation.

    Args:
        selection: dbt selectors, as `tag:days` or model names.
        command: `build`, `test`, `docs generate`, …
        unit_tests: whether unit tests run too; they belong to CI, not to production.
        target: the folder of this run's artefacts; None leaves dbt's (or Dagster's) choice.
        partial_parse: an existing partial parse to start from; dbt refuses a path without a file.
        engine: the target of profiles.yml.
    """
    args = [*command.split()]
    if selection:
        # The staging view lives in the run's memory alone, so every run makes its own.
        args += ["--select", *selection, STAGING_VIEW]
    if command in ("build", "test") and not unit_tests:
        args += ["--exclude-resource-type", "unit_test"]
    if unit_tests:
        # dbt's partial parse does not see unit tests that were added to a known yml.
        args += ["--no-partial-parse"]
    args += ["--project-dir", str(DBT_PROJECT_DIR), "--profiles-dir", str(DBT_PROJECT_DIR)]
    args += ["--no-version-check", "--target", engine]
    if target is not None:
        args += ["--target-path", str(target), "--log-path", str(target / "logs")]
    if partial_parse is not None:
        args += ["--partial-parse-file-path", str(partial_parse)]
    return args


def dbt_env(
    settings: Settings,
    run_id: str,
    from_day: date | None,
    to_day: date | None,
    builds: Collection[str] = (),
    reads: Collection[str] = (),
) -> dict[str, str]:
    """Environment that tells the plugin which home, run, days and tables it works on.

    Days are UTC and inclusive; None for both means the whole lake (undated tables, docs). No
    tables to build means that any may be read.

    Raises:
        StevoError: a reversed range, or only one end of it.
    """
    if (from_day is None) != (to_day is None):
        raise StevoError("a range of days needs both ends", fix="write FROM..TO")
    if from_day is not None and to_day is not None and from_day > to_day:
        raise StevoError(
            f"the range {from_day}..{to_day} is reversed", fix=f"write {to_day}..{from_day}"
        )
    return {
        **QUIET,
        "STEVO_ENV": settings.environment,
        "STEVO_COUNTRY": settings.country,
        "STEVO_ENGINE": settings.engine,
        "STEVO_SPARK_MASTER": settings.spark_master or "",
        "STEVO_HOME": str(settings.home),
        "STEVO_RUN_ID": run_id,
        "STEVO_FROM_DAY": from_day.isoformat() if from_day else "",
        "STEVO_TO_DAY": to_day.isoformat() if to_day else "",
        "STEVO_BUILDS": " ".join(sorted(builds)),
        "STEVO_READS": " ".join(sorted(reads)),
    }


def prepare_manifest() -> Path:
    """Parse the project and return the path of its manifest.json.

    Raises:
        StevoError: the project does not parse.
    """
    # Several processes may prepare at once: each parses aside, and whole files replace whole files.
    target = MANIFEST_PATH.parent
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".parse-", dir=target) as aside:
        done = subprocess.run(
            [
                *_dbt("duckdb"),
                *dbt_args([], command="parse", target=Path(aside), partial_parse=_known_parse()),
            ],
            env={**os.environ, **QUIET},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise StevoError(
                "the dbt project does not parse:\n" + (done.stdout + done.stderr)[-2000:],
                where=str(DBT_PROJECT_DIR),
            )
        for path in (PARTIAL_PARSE_PATH, MANIFEST_PATH):
            # dbt writes no new partial parse where nothing changed.
            if (Path(aside) / path.name).is_file():
                os.replace(Path(aside) / path.name, path)
    return MANIFEST_PATH


def ensure_manifest() -> Path:
    """The prepared manifest, made first where it is missing or older than the project."""
    if not MANIFEST_PATH.is_file() or MANIFEST_PATH.stat().st_mtime < _newest_source():
        return prepare_manifest()
    return MANIFEST_PATH


def run_target(settings: Settings, run_id: str) -> Path:
    """The folder of one run's dbt artefacts: concurrent runs never share one."""
    return settings.home / "dbt" / run_id


def sweep_targets(settings: Settings, keep: int = KEPT_RUNS) -> list[str]:
    """Remove the artefacts of all but the newest runs; each takes as much as a megabyte.

    Returns:
        The removed run ids.
    """
    root = settings.home / "dbt"
    folders = [path for path in root.iterdir() if path.name != LINEAGE] if root.is_dir() else []
    old = sorted(folders, key=lambda path: path.stat().st_mtime, reverse=True)[keep:]
    for folder in old:
        shutil.rmtree(folder, ignore_errors=True)
    return sorted(folder.name for folder in old)


def run_dbt(
    settings: Settings,
    run_id: str,
    selection: Sequence[str],
    from_day: date | None,
    to_day: date | None,
    on_event: Callable[[Mapping[str, Any]], None] | None = None,
    *,
    command: str = "build",
    unit_tests: bool = False,
) -> Path:
    """Run dbt in a fresh process: it stages and tests, and publishes nothing.

    Hold `lake.run_staging(lake, run_id)` around this and `publish_run`.

    Args:
        settings: the home.
        run_id: names staging and artefacts.
        selection: dbt selectors.
        from_day: first UTC day, or None for undated tables.
        to_day: last UTC day, inclusive.
        on_event: called with each of dbt's JSON log events.
        command: the dbt command.
        unit_tests: whether unit tests run too.

    Returns:
        Path of run_results.json; failing tests are in it and raise nothing.

    Raises:
        StevoError: dbt ended before it had results.
    """
    target = run_target(settings, run_id)
    target.mkdir(parents=True, exist_ok=True)
    results = target / "run_results.json"
    results.unlink(missing_ok=True)
    engine = engine_of(settings, command)
    args = dbt_args(
        selection,
        command=command,
        unit_tests=unit_tests,
        target=target,
        # What was parsed for one target is not what another would parse.
        partial_parse=_known_parse() if engine == "duckdb" else None,
        engine=engine,
    )
    builds, reads = _touched(selection) if command == "build" else ((), ())
    process = subprocess.Popen(
        [*_dbt(engine), "--log-format", "json", "--log-level-file", "none", *args],
        env={**os.environ, **dbt_env(settings, run_id, from_day, to_day, builds, reads)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    messages = list(_follow(process, on_event))
    if not results.is_file():
        raise StevoError(
            "dbt ended before it had results:\n" + "\n".join(messages[-12:]), where=str(target)
        )
    if engine == "spark":
        from stevo_dagster.warehouse.spark.settle import settle

        settle(settings, run_id, days_between(from_day, to_day))
    return results


def engine_of(settings: Settings, command: str) -> str:
    """The engine of one dbt command: documentation needs no rows, so it is DuckDB's always."""
    return settings.engine if command == "build" else "duckdb"


def _touched(selection: Sequence[str]) -> tuple[Collection[str], Collection[str]]:
    """What a run builds and what it reads beside; nothing of both where a selector is no table."""
    if not selection or not set(selection) <= tables().keys():
        return (), ()
    return selection, graph.read_beside(graph.read_manifest(ensure_manifest()), selection)


def _known_parse() -> Path | None:
    return PARTIAL_PARSE_PATH if PARTIAL_PARSE_PATH.is_file() else None


def _dbt(engine: str) -> list[str]:
    return [sys.executable, "-m", _PROGRAMS[engine]]


def _newest_source() -> float:
    folders = ("models", "macros", "seeds", "tests")
    paths: Iterable[Path] = [DBT_PROJECT_DIR / "dbt_project.yml"]
    for folder in folders:
        inside = (DBT_PROJECT_DIR / folder).rglob("*")
        paths = [*paths, *(path for path in inside if path.is_file())]
    return max(path.stat().st_mtime for path in paths)


def _follow(
    process: subprocess.Popen[str], on_event: Callable[[Mapping[str, Any]], None] | None
) -> Iterable[str]:
    assert process.stdout is not None
    with process:
        for line in process.stdout:
            try:
                event = json.loads(line)
                message = str(event["info"]["msg"])
            except (ValueError, KeyError, TypeError):
                yield line.rstrip()
                continue
            if on_event is not None:
                on_event(event)
            yield message
