"""dbt imported and the project parsed, once: processes forked after this import run at once.

Belongs here: what is worth doing before the fork, and one run after it. Does not belong here: what
a test runs. Nothing here opens the lake before the fork.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

from stevo_dagster import settings
from stevo_dagster.settings import Limits
from stevo_dagster.warehouse import build, duckdb_plugin

assert duckdb_plugin.Plugin, "dbt imports the plugin by its name; here it is imported before"


def parse() -> Manifest:
    """The project's manifest, from the prepared parse where there is one."""
    with tempfile.TemporaryDirectory() as folder:
        known = build.PARTIAL_PARSE_PATH if build.PARTIAL_PARSE_PATH.is_file() else None
        args = build.dbt_args([], command="parse", target=Path(folder), partial_parse=known)
        done = dbtRunner().invoke(["--quiet", "--no-write-json", *args])
    assert done.success, done.exception
    return done.result


MANIFEST = parse()


def run(
    args: Sequence[str], environment: Mapping[str, str], results: Path, threads: int = 2
) -> None:
    """Run dbt in this process, which must be a fork of its own, and write its results.

    Args:
        args: of dbt.
        environment: as of a dbt process.
        results: where to write run_results.json.
        threads: of each query.
    """
    os.environ.update(environment)
    settings.ENVIRONMENTS = {environment["STEVO_ENV"]: Limits(threads=threads)}
    done = dbtRunner(manifest=MANIFEST).invoke(["--quiet", "--no-write-json", *args])
    if done.exception is not None:
        raise done.exception
    done.result.write(str(results))
