"""The day models of one home, built by dbt and published, with the seconds of each part.

Run: `python -m benchmarks.warehouse_kit.ours HOME OUT`. The chain's tables stay below OUT as well,
so that they can be compared. Prints JSON: seconds of each model and of all tests as dbt gives them,
of what dbt adds to them, and of publication.

Belongs here: one run through the functions that every run goes through. Does not belong here:
Dagster, and what is compared with it (`benchmarks/peers`).
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from stevo_dagster.lake import day_of, files, partitions, run_staging
from stevo_dagster.settings import load_settings
from stevo_dagster.warehouse import build
from stevo_dagster.warehouse.plan import DAY_MODELS
from stevo_dagster.warehouse.publish import publish_run

RUN = "measured"


def run(home: Path, out: Path, tables: tuple[str, ...]) -> dict[str, Any]:
    """Build and publish every day of a home; tables of `tables` are linked below `out`.

    Raises:
        StevoError: dbt had no results, or a table was not published.
        SystemExit: a model or a test failed.
    """
    settings = load_settings(home)
    days = [day_of(part) for part in partitions(settings.lake, "events")]
    build.ensure_manifest()
    with run_staging(settings.lake, RUN):
        began = time.perf_counter()
        results = build.run_dbt(settings, RUN, DAY_MODELS, days[0], days[-1])
        built = time.perf_counter()
        publish_run(settings, RUN, results, build.MANIFEST_PATH, days)
        published = time.perf_counter()
    found = json.loads(results.read_text())["results"]
    failed = [one["unique_id"] for one in found if one["status"] not in ("success", "pass")]
    if failed:
        raise SystemExit(f"dbt failed: {', '.join(failed)}")
    for table in tables:
        for day, path in zip(days, files(settings.lake, table), strict=True):
            folder = out / table / f"day={day}"
            folder.mkdir(parents=True)
            os.link(path, folder / path.name)
    models = _seconds(found, "model.")
    tests = sum(_seconds(found, "test.").values())
    return {
        "models": {name: models[name] for name in DAY_MODELS},
        "tests": tests,
        # Tests run on two threads beside models, so the parts may add up to more than the whole.
        "dbt_adds": max(0.0, built - began - sum(models.values()) - tests),
        "publication": published - built,
    }


def _seconds(results: list[dict[str, Any]], kind: str) -> dict[str, float]:
    return {
        one["unique_id"].split(".")[2]: one["execution_time"]
        for one in results
        if one["unique_id"].startswith(kind)
    }


if __name__ == "__main__":
    from benchmarks.warehouse_kit.agreement import SHARED

    print(json.dumps(run(Path(sys.argv[1]), Path(sys.argv[2]), tuple(SHARED))))
