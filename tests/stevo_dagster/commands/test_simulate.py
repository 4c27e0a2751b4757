"""`stevo simulate`: options, output, errors."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import typer
from typer.testing import CliRunner

from stevo_dagster.commands import simulate as command
from stevo_dagster.errors import StevoError
from stevo_dagster.sources.simulator import simulate

runner = CliRunner()


def _app() -> typer.Typer:
    app = typer.Typer()
    app.callback()(lambda: None)
    command.register(app)
    return app


def test_writes_and_says_what_comes_next(tmp_path: Path) -> None:
    arguments = ["simulate", "--out", str(tmp_path), "--people", "20", "--days", "6"]
    done = runner.invoke(_app(), [*arguments, "--format", "csv", "--null", "--dirt", "0.1"])
    assert done.exit_code == 0
    truth = json.loads((tmp_path / "truth.json").read_text())
    assert truth["parameters"]["is_null"] is True
    assert f"stevo ingest {tmp_path}/events.csv" in done.output
    assert f"{truth['ledger']['quarantined']:,} quarantined" in done.output


def test_bad_numbers_and_formats_are_refused(tmp_path: Path) -> None:
    done = runner.invoke(_app(), ["simulate", "--out", str(tmp_path), "--people", "0"])
    assert isinstance(done.exception, StevoError)
    done = runner.invoke(_app(), ["simulate", "--out", str(tmp_path), "--format", "xml"])
    assert done.exit_code == 2


def test_defaults_are_those_of_the_function() -> None:
    asked = inspect.signature(command.simulate_command).parameters
    taken = inspect.signature(simulate).parameters
    for name in ("people", "days", "seed", "dirt", "start", "null"):
        assert asked[name].default == taken[name].default
    assert asked["form"].default == taken["format"].default
