"""The demo's steps: its own home, a city made once, and no mixture of made-up and real people."""

from __future__ import annotations

import pytest

from stevo_dagster import demo
from stevo_dagster.demo import check_home, city_files, run_demo
from stevo_dagster.errors import StevoError
from stevo_dagster.home import update_home


def quiet(phase: str, text: str) -> None:
    """Say nothing."""


@pytest.mark.parametrize(
    ("simulated", "is_city", "problem"),
    [
        (True, False, "holds a simulated city"),
        (False, True, "holds data that is not simulated"),
    ],
)
def test_a_simulated_city_and_real_data_are_not_mixed(settings, simulated, is_city, problem):
    update_home(settings, simulated=simulated, first_day="2024-10-10", last_day="2024-10-12")
    with pytest.raises(StevoError, match=problem) as error:
        check_home(settings, is_city=is_city)
    assert error.value.fix is not None and "STEVO_HOME=" in error.value.fix
    check_home(settings, is_city=not is_city)


def test_a_home_without_data_takes_either(settings):
    for is_city in (True, False):
        check_home(settings, is_city=is_city)
    update_home(settings, simulated=True)
    check_home(settings, is_city=False)


def test_a_refused_demo_writes_nothing(settings, tmp_path):
    update_home(settings, simulated=True, first_day="2024-10-10", last_day="2024-10-12")
    before = sorted(path.name for path in settings.home.rglob("*"))
    with pytest.raises(StevoError, match="simulated city"):
        run_demo(settings, tmp_path / "events.jsonl", "events", "shop", quiet)
    assert sorted(path.name for path in settings.home.rglob("*")) == before


def test_the_city_is_made_once_and_what_was_half_made_is_made_again(settings, monkeypatch):
    monkeypatch.setattr(demo, "PEOPLE", 10)
    monkeypatch.setattr(demo, "DAYS", 10)
    told: list[tuple[str, str]] = []
    made = city_files(settings, lambda *line: told.append(line))
    assert [path.name for path in made] == ["events.jsonl", "late.jsonl"]
    assert told[0] == ("simulate", "a city of 10 people over 10 days")
    content = [path.read_bytes() for path in made]
    assert city_files(settings, lambda *line: told.append(line)) == made
    assert len(told) == 2

    (settings.home / "city" / "truth.json").unlink()
    made[0].write_bytes(b"half")
    assert [path.read_bytes() for path in city_files(settings, quiet)] == content
