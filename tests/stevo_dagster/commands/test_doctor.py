"""The doctor names what is wrong and the way out."""

from __future__ import annotations

import json
import sys

import pyarrow as pa
import pytest
import typer
from typer.testing import CliRunner

from stevo_dagster.commands import doctor
from stevo_dagster.instance import bootstrap
from stevo_dagster.lake import files, run_staging, write_table
from stevo_dagster.settings import Settings


@pytest.fixture
def home(settings: Settings) -> Settings:
    bootstrap(settings)
    with run_staging(settings.lake, "seed"):
        data = pa.table({"value": [1, 2]})
        write_table(settings.lake, "seed", "champion", "all", data, code_hash="c")
    return settings


def _app():
    app = typer.Typer()
    doctor.register(app)
    return app


def examine():
    return CliRunner().invoke(_app(), [])


def test_a_sound_home_is_well(home):
    result = examine()
    assert "PROBLEM lake" not in result.output
    assert "champion: 1 partitions, every sha256 as in its manifest" in result.output
    assert "duckdb 1.5" in result.output


def test_no_home_is_a_problem_with_a_way_out(settings):
    result = examine()
    assert result.exit_code == 1
    assert "stevo demo" in result.output


def test_flipped_bits_are_found_and_the_fix_is_named(home):
    [path] = files(home.lake, "champion")
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(bytes(raw))
    sys.modules["stevo_dagster.lake.files"]._verified.clear()  # as a new process would start
    result = examine()
    assert result.exit_code == 1
    assert "sha256 differs" in result.output
    assert "stevo doctor --repair" in result.output


def test_a_sound_home_needs_no_repair(home):
    result = CliRunner().invoke(_app(), ["--repair"])
    assert "nothing is damaged" in result.output


def test_a_key_that_others_can_read_is_a_problem(home):
    home.secrets.mkdir(mode=0o700, exist_ok=True)
    key = home.secrets / "pseudonym.key"
    key.write_text("secret")
    key.chmod(0o644)
    result = examine()
    assert result.exit_code == 1
    assert f"chmod 600 {key}" in result.output
    assert "secret" not in result.output.replace("secrets", "")


def test_staging_of_a_killed_run_is_named(home):
    (home.lake.root / ".staging" / "killed-run").mkdir(parents=True)
    result = examine()
    assert "killed-run" in result.output
    assert "`stevo run` sweeps them" in result.output


def test_a_newer_home_is_refused(home):
    path = home.home / "home.json"
    state = json.loads(path.read_text())
    path.write_text(json.dumps({**state, "format": 99}))
    result = examine()
    assert result.exit_code == 1
    assert "newer stevo" in result.output
