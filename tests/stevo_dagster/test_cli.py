"""The `stevo` command as the shell sees it: every command with help, one message, an exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
import typer
from typer.core import TyperGroup
from typer.testing import CliRunner

from stevo_dagster import cli
from stevo_dagster.lake import run_staging, write_table
from stevo_dagster.settings import PROJECT_ROOT, load_settings

COMMANDS = {
    "backfill", "benchmark", "demo", "doctor", "explain-row", "explore", "ingest",
    "planted-truth", "quarantine", "read", "releases", "run", "search", "simulate", "training-set",
    "ui",
}  # fmt: skip
HEAVY = ("torch", "great_expectations", "pandas", "dagster", "altair")


def test_every_command_is_there_with_a_line_of_help():
    group = typer.main.get_command(cli.build_app())
    assert isinstance(group, TyperGroup)
    assert set(group.commands) == COMMANDS
    assert all(command.get_short_help_str() for command in group.commands.values())


def test_every_module_of_commands_is_registered():
    folder = PROJECT_ROOT / "stevo_dagster" / "commands"
    written = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert written == set(cli.COMMAND_MODULES)


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_help_is_told_without_a_home(command, settings):
    told = CliRunner().invoke(cli.build_app(), [command, "--help"])
    assert told.exit_code == 0
    assert "Usage" in told.output
    assert not settings.home.exists()


def test_wrong_usage_is_told_apart_from_a_problem():
    assert CliRunner().invoke(cli.build_app(), ["read"]).exit_code == 2
    assert CliRunner().invoke(cli.build_app(), ["raed"]).exit_code == 2


def run_main(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    code = "from stevo_dagster.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        env={**os.environ, "STEVO_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_problem_is_one_message_on_standard_error_and_exit_code_1(tmp_path):
    done = run_main(tmp_path / "home", "releases", "show", "20240101T000000-00000000")
    assert done.returncode == 1
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines[0] == "error: there is no release '20240101T000000-00000000'"
    assert lines[1].startswith("  where: ") and lines[2].startswith("  fix: ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_full_disk_is_one_message(tmp_path, form):
    settings = load_settings(tmp_path / "home")
    with run_staging(settings.lake, "seed"):
        data = pa.table({"value": range(100_000)})
        write_table(settings.lake, "seed", "evaluation", "all", data, code_hash="c")
    done = run_main(settings.home, "read", "evaluation", "--format", form, "--out", "/dev/full")
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert lines[0] == "error: the disk is full"
    assert "No space left on device" in lines[1]
    assert "Traceback" not in done.stderr


def test_a_home_that_is_a_file_is_one_message(tmp_path):
    home = tmp_path / "home"
    home.write_text("")
    done = run_main(home, "releases", "list")
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == "error: the path cannot be used: Not a directory"
    assert f"where: {home}" in done.stderr


def test_defects_keep_their_traceback():
    assert cli.told_by_system(KeyError("No space left for doubt")) is None
    assert cli.told_by_system(FileNotFoundError(2, "No such file", "x")) is None


def test_the_list_of_commands_needs_nothing_heavy(tmp_path):
    code = (
        "import sys; from stevo_dagster.cli import build_app; build_app()\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
