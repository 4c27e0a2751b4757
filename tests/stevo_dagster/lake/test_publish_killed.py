"""One publication killed before each of its calls that change the lake: old or new, never mixed.

A process of its own publishes a second version over a first, in forks that die before their 1st,
2nd, … write, fsync, rename (`benchmarks/faults/kill_at.c`). `benchmarks/kill_points.py` does so
with whole days of the warehouse.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from benchmarks.kill_points import Counter, compile_library, killable, killed_in_a_fork
from stevo_dagster.lake import Lake, files, manifest, run_staging, sweep_staging, write_table

TABLE, PART = "fct_events", "day=2024-10-10"
OLD, NEW = pa.table({"event_id": ["a", "b"]}), pa.table({"event_id": ["a", "b", "c"]})


def publish(root: Path, run_id: str, rows: pa.Table) -> None:
    lake = Lake(root)
    with run_staging(lake, run_id):
        write_table(lake, run_id, TABLE, PART, rows, code_hash="code")


def rows_of(root: Path) -> int:
    """Rows that a reader finds; the bytes are verified."""
    lake = Lake(root)
    files(lake, TABLE, [PART])
    described = manifest(lake, TABLE, PART)
    assert described is not None
    return described.rows


def kill_all(folder: Path) -> None:
    """Print, for each call that was killed, the rows found after it and after a rerun."""
    counter = Counter(Path(os.environ["STEVO_KILL_COUNTER"]))
    publish(folder / "old", "old", OLD)
    found: list[tuple[int, int, list[str]]] = []
    while True:
        root = folder / "twins" / str(len(found))
        shutil.copytree(folder / "old", root, symlinks=True)
        if not killed_in_a_fork(lambda at=root: publish(at, "new", NEW), counter, len(found) + 1):
            break
        after = rows_of(root)
        sweep_staging(Lake(root))
        publish(root, "again", NEW)
        left = [path.name for path in (root / ".staging").iterdir()]
        found.append((after, rows_of(root), left))
    print(json.dumps(found))


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler here")
def test_a_kill_before_any_call_leaves_the_old_rows_or_the_new(tmp_path):
    code = (
        "import sys; from pathlib import Path;"
        " from tests.stevo_dagster.lake.test_publish_killed import kill_all;"
        " kill_all(Path(sys.argv[1]))"
    )
    with killable(compile_library(tmp_path), tmp_path / "twins") as environment:
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    after, again, left = zip(*json.loads(done.stdout), strict=True)
    assert len(after) > 12, "staging, manifest, syncs, two renames and the sweep"
    switched = after.index(3)
    assert after == (2,) * switched + (3,) * (len(after) - switched), "one call switches the day"
    assert 0 < switched < len(after)
    assert set(again) == {3} and not any(left)
