"""Staging: owned while its run lives, gone with it, swept when it was killed."""

from __future__ import annotations

import multiprocessing
import shutil
import threading
import time

import pytest

from stevo_dagster.errors import StevoError
from stevo_dagster.lake import FileLock, Lake, run_staging, staging, sweep_staging

DAY = "day=2024-03-01"


def test_it_is_removed_with_its_block_even_after_an_error(lake: Lake):
    with pytest.raises(ValueError, match="inside"), run_staging(lake, "r"):
        lake.staged_file("r", "t", DAY).write_bytes(b"half")
        raise ValueError("inside")
    assert not lake.staging("r").exists()


def test_two_runs_of_one_id_do_not_share_it(lake: Lake, monkeypatch):
    monkeypatch.setattr(staging, "SWEEP_SECONDS", 0.1)
    refused = pytest.raises(StevoError, match="run r is at work in another process")
    with run_staging(lake, "r"), refused, run_staging(lake, "r"):
        pass


def test_a_sweep_at_the_very_moment_of_the_start_is_outlived(lake: Lake):
    folder = lake.staging("r")
    swept = FileLock.take(folder / ".alive", wait_seconds=0)

    def finish_the_sweep() -> None:
        shutil.rmtree(folder)
        swept.release()

    threading.Timer(0.2, finish_the_sweep).start()
    with run_staging(lake, "r"):
        assert (folder / ".alive").exists()
        assert sweep_staging(lake) == []


def test_only_what_dead_runs_left_is_swept(lake: Lake):
    assert sweep_staging(lake) == []
    ready = multiprocessing.Event()
    run = multiprocessing.Process(target=_stage, args=(lake, ready))
    run.start()
    assert ready.wait(30)
    lake.staged_file("older", "t", DAY).write_bytes(b"half")
    assert sweep_staging(lake) == ["older"]
    assert lake.staged_file("other", "t", DAY).read_bytes() == b"half"
    run.kill()
    run.join()
    assert sweep_staging(lake) == ["other"]
    assert not lake.staging("other").exists()
    with run_staging(lake, "other"):
        assert sweep_staging(lake) == []


def _stage(lake: Lake, ready) -> None:  # type: ignore[no-untyped-def]
    with run_staging(lake, "other"):
        lake.staged_file("other", "t", DAY).write_bytes(b"half")
        ready.set()
        time.sleep(60)
