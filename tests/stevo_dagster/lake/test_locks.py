"""Locks: one holder, waited for or refused by name, freed by a kill, never deadlocked."""

from __future__ import annotations

import multiprocessing
import threading
import time

import pytest

from stevo_dagster.errors import StevoError
from stevo_dagster.lake import FileLock, Lake, lock, lock_all

DAY, NEXT = "day=2024-03-01", "day=2024-03-02"


def test_a_second_holder_is_refused_at_once_or_after_its_wait(tmp_path):
    held = FileLock.take(tmp_path / "deep" / "a.lock", wait_seconds=0)
    for wait in (0, 0.2):
        began = time.monotonic()
        with pytest.raises(TimeoutError, match=r"a\.lock"):
            FileLock.take(held.path, wait_seconds=wait)
        assert wait <= time.monotonic() - began < wait + 5
    held.release()
    FileLock.take(held.path, wait_seconds=0).release()
    assert held.path.exists(), "the file stays, or two holders could lock different files"


def test_a_waiting_holder_gets_it_when_it_is_freed(tmp_path):
    held = FileLock.take(tmp_path / "a.lock", wait_seconds=0)
    freed: list[float] = []

    def free() -> None:
        freed.append(time.monotonic())
        held.release()

    threading.Timer(0.2, free).start()
    FileLock.take(held.path, wait_seconds=20).release()
    assert freed, "it was not had while the first holder had it"
    assert time.monotonic() - freed[0] < 10, "it did not wait on after that"


def test_shared_holders_keep_out_an_exclusive_one_and_not_each_other(tmp_path):
    path = tmp_path / "a.lock"
    first = FileLock.take(path, wait_seconds=0, shared=True)
    second = FileLock.take(path, wait_seconds=0, shared=True)
    first.release()
    with pytest.raises(TimeoutError):
        FileLock.take(path, wait_seconds=0)
    second.release()
    alone = FileLock.take(path, wait_seconds=0)
    with pytest.raises(TimeoutError):
        FileLock.take(path, wait_seconds=0, shared=True)
    alone.release()


def test_a_kill_frees_it(lake: Lake):
    ready = multiprocessing.Event()
    holder = multiprocessing.Process(target=_hold, args=(lake, ready))
    holder.start()
    assert ready.wait(30)
    held = pytest.raises(StevoError, match="t day=2024-03-01 is being written")
    with held as error, lock(lake, "t", DAY):
        pass
    assert error.value.where == str(lake.lock("t", DAY))
    with lock(lake, "t", NEXT), lock(lake, "u", DAY):
        pass
    holder.kill()
    holder.join()
    with lock(lake, "t", DAY):
        pass


def test_an_error_inside_frees_what_was_held(lake: Lake):
    with pytest.raises(ValueError, match="inside"), lock_all(lake, "t", [DAY, NEXT]):
        raise ValueError("inside")
    with lock_all(lake, "t", [DAY, NEXT]):
        pass


def test_several_are_taken_in_one_order_and_each_once(lake: Lake, monkeypatch):
    taken: list[str] = []
    real = FileLock.take.__func__

    def seen(cls, path, wait_seconds, *, shared=False):
        taken.append(path.stem)
        return real(cls, path, wait_seconds, shared=shared)

    monkeypatch.setattr(FileLock, "take", classmethod(seen))
    with lock_all(lake, "t", [NEXT, DAY, NEXT]):
        assert taken == [DAY, NEXT]


def test_one_that_is_held_lets_go_of_the_others(lake: Lake):
    with lock(lake, "t", NEXT):
        with pytest.raises(StevoError, match=NEXT), lock_all(lake, "t", [DAY, NEXT]):
            pass
        with lock(lake, "t", DAY):
            pass


def _hold(lake: Lake, ready) -> None:  # type: ignore[no-untyped-def]
    with lock(lake, "t", DAY):
        ready.set()
        time.sleep(60)
