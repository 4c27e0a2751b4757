"""Staging: owned while its run lives, gone with it, swept when it was killed."""

from __future__ import annotations

import multiprocessing
import time

import pytest

from stevo_dagster.lake import Lake, run_staging, sweep_staging

DAY = "day=2024-03-01"


def test_it_is_removed_with_its_block_even_after_an_error(lake: Lake):
    with pytest.raises(ValueError, match="inside"), run_staging(lake, "r"):
        lake.staged_file("r", "t", DAY).write_bytes(b"half")
        raise ValueError("inside")
    assert not lake.staging("r").exists()


def test_two_runs_of_one_id_do_not_share_it(lake: Lake):
    with run_staging(lake, "r"), pytest.raises(TimeoutError), run_staging(lake, "r"):
        pass


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
