"""The benchmark of kills runs the crash test that is there, with as many kills as asked for."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from benchmarks import kills
from stevo_dagster.settings import PROJECT_ROOT


def test_it_finds_its_test_and_prints_size_and_peer(capfd):
    # The crash test itself takes minutes, so here pytest only collects it.
    assert kills.main(["3", "--collect-only"]) == 0
    *collected, last = capfd.readouterr().out.splitlines()
    assert any("test_kills_at_random_moments" in line for line in collected)
    found = json.loads(last)
    assert (found["kills"], found["peer"]) == (3, "the same run undisturbed")
    assert found["passed"] and found["ratio"] is None, "nothing was killed, nothing was measured"


@pytest.mark.parametrize("code", [0, 1])
def test_kills_reach_the_test_and_its_seconds_and_outcome_come_back(monkeypatch, capsys, code):
    def run(command, *, env, **_):
        asked.update(env)
        seconds = {"undisturbed": 20.0, "killed": 80.0}
        Path(env["STEVO_TEST_KILLS_OUT"]).write_text(json.dumps(seconds))
        return subprocess.CompletedProcess(command, code)

    asked: dict[str, str] = {}
    monkeypatch.setattr(subprocess, "run", run)
    assert kills.main(["7"]) == code
    found = json.loads(capsys.readouterr().out)
    assert (found["kills"], found["ratio"], found["passed"]) == (7, 0.25, code == 0)
    text = (PROJECT_ROOT / kills.TEST).read_text()
    assert asked["STEVO_TEST_KILLS"] == "7"
    assert all(f'"{name}"' in text for name in asked if name.startswith("STEVO_TEST_KILLS"))
