"""The home's state: written whole, widened by loads, refused from a newer stevo."""

from __future__ import annotations

import multiprocessing
from datetime import date

import pytest

from stevo_dagster import home as home_module
from stevo_dagster.errors import StevoError
from stevo_dagster.home import beside_backfills, only_run, read_home, update_home, widen_days
from stevo_dagster.settings import Settings


def test_days_only_widen(settings: Settings) -> None:
    assert read_home(settings) is None
    widen_days(settings, [date(2024, 3, 5), date(2024, 3, 2)])
    home = widen_days(settings, [date(2024, 3, 3)])
    assert (home.first_day, home.last_day) == ("2024-03-02", "2024-03-05")
    assert read_home(settings) == home


def test_a_home_of_a_newer_stevo_is_refused(settings: Settings) -> None:
    update_home(settings, format=99)
    with pytest.raises(StevoError, match="newer stevo"):
        read_home(settings)


def test_a_broken_home_file_is_named(settings: Settings) -> None:
    update_home(settings)
    (settings.home / "home.json").write_text("{")
    with pytest.raises(StevoError, match=r"home\.json"):
        read_home(settings)


def test_a_second_run_is_refused_and_a_killed_one_frees_the_home(settings: Settings) -> None:
    ready = multiprocessing.Event()
    holder = multiprocessing.Process(target=_hold, args=(settings, ready))
    holder.start()
    assert ready.wait(20)
    with pytest.raises(StevoError, match="another `stevo run`"), only_run(settings):
        pass
    holder.kill()
    holder.join()
    with only_run(settings):
        assert (settings.home / "run.lock").exists()


def test_backfills_go_on_beside_each_other_and_only_the_first_clears_up(settings, monkeypatch):
    cleared: list[str] = []
    with (
        beside_backfills(settings, lambda: cleared.append("first")),
        beside_backfills(settings, lambda: cleared.append("second")),
        pytest.raises(StevoError, match="or `stevo backfill` is at work"),
        only_run(settings),
    ):
        pass
    assert cleared == ["first"]
    monkeypatch.setattr(home_module, "RECOVERY_SECONDS", 0.1)
    with (
        only_run(settings),
        pytest.raises(StevoError, match="a `stevo run` is at work"),
        beside_backfills(settings, lambda: cleared.append("during a run")),
    ):
        pass
    assert cleared == ["first"]


def test_a_recovery_that_fails_frees_the_home(settings):
    def fail() -> None:
        raise StevoError("no")

    with pytest.raises(StevoError, match="no"), beside_backfills(settings, fail):
        pass
    with only_run(settings):
        assert (settings.home / "run.lock").exists()


def _hold(settings: Settings, ready) -> None:  # type: ignore[no-untyped-def]
    with only_run(settings):
        ready.set()
        multiprocessing.Event().wait(60)
