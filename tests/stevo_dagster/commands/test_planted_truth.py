"""`stevo planted-truth`: its table, its JSON, and an exit code that a check can use."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from stevo_dagster.commands import planted_truth
from stevo_dagster.planted.families import FAMILIES
from stevo_dagster.planted.kinds import KINDS

NAMES = {False: tuple(KINDS), True: FAMILIES}


def run(*arguments: str):
    """The command in this process."""
    app = typer.Typer()
    app.callback()(lambda: None)
    planted_truth.register(app)
    return CliRunner().invoke(app, ["planted-truth", *arguments])


def keep(path, null: bool, value: int) -> str:
    """A file with one judged city, so that none has to be made."""
    values = dict.fromkeys(NAMES[null], value)
    city = {"seed": 1, "null": null, "found": {} if null else values}
    city |= {"claimed": values if null else {}, "people": 300, "days": 60}
    path.write_text(json.dumps(city) + "\n")
    return str(path)


@pytest.mark.parametrize(("null", "good"), [(False, True), (True, False)])
def test_bounds_decide_the_exit_code(null, good, tmp_path):
    option = ["--null"] if null else []
    kept = keep(tmp_path / "good", null, int(good))
    done = run("--cities", "1", "--out", kept, *option)
    assert done.exit_code == 0
    assert "not met" not in done.output
    assert all(name in done.output for name in NAMES[null])
    kept = keep(tmp_path / "bad", null, int(not good))
    done = run("--cities", "1", "--out", kept, *option)
    assert done.exit_code == 1
    assert done.output.count("not met") == len(NAMES[null])


def test_a_tiny_city_is_judged_and_told_as_json():
    done = run("--cities", "1", "--people", "20", "--days", "12", "--json")
    assert done.exit_code == 1
    assert "city 1: missed" in done.stderr
    document = json.loads(done.stdout)
    assert [line["name"] for line in document["lines"]] == list(KINDS)
    assert document["cities"][0]["seed"] == 1
