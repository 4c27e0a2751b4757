"""Publication: equal work makes no version, damage is repaired, and a kill leaves old or new."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap

import duckdb
import pandas as pd
import pytest

from stevo_dagster.errors import StevoError
from stevo_dagster.lake import (
    Lake,
    files,
    lock,
    manifest,
    partitions,
    publish,
    run_staging,
    scan,
    sweep_staging,
    write_table,
)

DAY = "day=2024-03-01"


def put(lake: Lake, values: list[int], *, code: str = "c", partition: str = DAY) -> str:
    with run_staging(lake, "run-1"):
        frame = pd.DataFrame({"a": values})
        return write_table(lake, "run-1", "t", partition, frame, code_hash=code).version


def rows(lake: Lake) -> list[int]:
    found = duckdb.sql(f"select a from {scan(files(lake, 't'))} order by a").fetchall()
    return [row[0] for row in found]


def test_what_is_published_is_read_back_with_its_manifest(lake: Lake) -> None:
    put(lake, [1, 2])
    described = manifest(lake, "t", DAY)
    assert rows(lake) == [1, 2]
    assert described is not None
    assert (described.rows, described.schema) == (2, [{"name": "a", "type": "BIGINT"}])
    assert partitions(lake, "t") == [DAY]


def test_equal_content_code_and_inputs_make_no_new_version(lake: Lake) -> None:
    first = put(lake, [1, 2])
    second = put(lake, [2, 1])
    assert first == second
    assert len(list(lake.versions("t", DAY).iterdir())) == 1


def test_new_content_or_code_makes_a_new_version_and_keeps_the_old_file(lake: Lake) -> None:
    put(lake, [1])
    old = files(lake, "t")[0]
    put(lake, [2])
    put(lake, [2], code="d")
    assert rows(lake) == [2]
    assert old.exists()
    assert len(list(lake.versions("t", DAY).iterdir())) == 3


def test_publishing_again_repairs_a_damaged_version(lake: Lake) -> None:
    put(lake, [1, 2])
    path = next(lake.versions("t", DAY).glob("*/part-0.parquet"))
    path.write_bytes(path.read_bytes()[:-3])
    put(lake, [1, 2])
    assert rows(lake) == [1, 2]


def test_publishing_what_was_not_staged_is_an_error(lake: Lake) -> None:
    with pytest.raises(StevoError, match="was not staged"):
        publish(lake, "run-1", "t", DAY, code_hash="c")


def test_a_second_writer_of_a_partition_is_refused_by_name(lake: Lake) -> None:
    ready, done = multiprocessing.Event(), multiprocessing.Event()
    holder = multiprocessing.Process(target=_hold, args=(lake, ready, done))
    holder.start()
    try:
        assert ready.wait(20)
        with pytest.raises(StevoError, match="t day=2024-03-01 is being written"):
            put(lake, [1])
        put(lake, [3], partition="day=2024-03-02")
    finally:
        done.set()
        holder.join()
    assert rows(lake) == [3]


KILLED = """
    import os, pathlib, signal, sys
    import pandas as pd
    from stevo_dagster.lake import Lake, run_staging, write_table

    calls, limit = 0, int(sys.argv[2])

    def dying(real):
        def call(*args, **kwargs):
            global calls
            calls += 1
            if calls == limit:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **kwargs)
        return call

    for name in ("fsync", "rename", "replace", "symlink", "mkdir", "unlink", "rmdir"):
        setattr(os, name, dying(getattr(os, name)))
    lake = Lake(pathlib.Path(sys.argv[1]))
    with run_staging(lake, "run-2"):
        frame = pd.DataFrame({"a": [7, 8]})
        write_table(lake, "run-2", "t", "day=2024-03-01", frame, code_hash="c")
"""


def test_bytes_names_and_folders_are_flushed_before_the_link_is_switched(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[str] = []
    real_fsync, real_replace = os.fsync, os.replace

    def fsync(descriptor: int) -> None:
        flushed.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        real_fsync(descriptor)

    def replace(source: os.PathLike[str], target: os.PathLike[str]) -> None:
        flushed.append("switched")
        real_replace(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    put(lake, [1])
    before, after = (flushed[: flushed.index("switched")], flushed[flushed.index("switched") :])
    staged = lake.staging("run-1") / "t" / DAY
    for path in (staged / "part-0.parquet", staged / "manifest.json", staged):
        assert str(path) in before
    for folder in (lake.versions("t", DAY), lake.versions("t", DAY).parent, lake.root):
        assert str(folder) in before, "a new folder's name is flushed into the one above"
    assert after == ["switched", str(lake.root / "t")]


def test_a_kill_at_every_step_leaves_the_old_or_the_new_state(lake: Lake) -> None:
    put(lake, [1, 2])
    script = textwrap.dedent(KILLED)
    outcomes = []
    for step in range(1, 60):
        ended = subprocess.run([sys.executable, "-c", script, str(lake.root), str(step)])
        outcomes.append(rows(lake))
        if ended.returncode == 0:
            break
        assert ended.returncode == -signal.SIGKILL
    assert outcomes[-1] == [7, 8]
    assert all(outcome in ([1, 2], [7, 8]) for outcome in outcomes)
    assert [1, 2] in outcomes
    sweep_staging(lake)
    assert [p.name for p in (lake.root / ".staging").iterdir()] == []


def test_readers_never_see_a_mixture_while_days_are_replaced(lake: Lake) -> None:
    put(lake, [0, 0])
    writer = multiprocessing.Process(target=_replace, args=(lake,))
    writer.start()
    seen = set()
    while writer.is_alive():
        found = rows(lake)
        assert len(found) == 2
        assert found[0] == found[1]
        seen.add(found[0])
    writer.join()
    assert writer.exitcode == 0
    assert len(seen) > 1


def _hold(lake: Lake, ready, done) -> None:  # type: ignore[no-untyped-def]
    with lock(lake, "t", DAY):
        ready.set()
        done.wait(30)


def _replace(lake: Lake) -> None:
    for value in range(1, 40):
        put(lake, [value, value])


def test_the_lake_needs_duckdb_alone() -> None:
    code = (
        "import sys; import stevo_dagster.lake; "
        "print([m for m in ('pandas', 'pyarrow', 'dagster', 'numpy') if m in sys.modules])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ}
    )
    assert ended.stdout.strip() == "[]"


def test_a_fork_publishes_after_its_parent_did(lake: Lake) -> None:
    put(lake, [0])
    context = multiprocessing.get_context("fork")
    for number in (2, 3, 4):
        day = f"day=2024-03-0{number}"
        child = context.Process(target=put, args=(lake, [number]), kwargs={"partition": day})
        child.start()
        child.join(30)
        assert child.exitcode == 0
    assert rows(lake) == [0, 2, 3, 4]
