"""One small demo home for every test that looks at what the chain made.

It is made once a test session, whichever worker asks first; who changes it works on a copy.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from stevo_dagster import demo
from stevo_dagster.commands import demo as demo_command
from stevo_dagster.commands import run as run_command
from stevo_dagster.settings import Settings, load_settings
from tests.conftest import made_once

PEOPLE, DAYS = 16, 9


def invoke_demo(patch: pytest.MonkeyPatch) -> str:
    """Run `stevo demo` in this process on a small city, and return what it printed."""
    patch.setattr(demo, "PEOPLE", PEOPLE)
    patch.setattr(demo, "DAYS", DAYS)
    app = typer.Typer()
    demo_command.register(app)
    run_command.register(app)
    result = CliRunner().invoke(app, ["demo"])
    assert result.exit_code == 0, result.output + repr(result.exception)
    return result.output


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The home of a small demo and what the command printed."""

    def make(folder: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("STEVO_HOME", str(folder / "home"))
            patch.setenv("STEVO_ENV", "demo")
            patch.setenv("OMP_NUM_THREADS", "1")
            patch.delenv("STEVO_PSEUDONYM_KEY", raising=False)
            (folder / "printed.txt").write_text(invoke_demo(patch))

    folder = made_once(tmp_path_factory, "demo", make)
    return folder / "home", (folder / "printed.txt").read_text()


@pytest.fixture(scope="session")
def demo_settings(demo_home: tuple[Path, str]) -> Settings:
    """Settings of the demo home, to be read alone."""
    return load_settings(demo_home[0], {"STEVO_ENV": "demo"})


@pytest.fixture
def demo_copy(demo_home: tuple[Path, str], tmp_path: Path, monkeypatch) -> Settings:
    """A copy of the demo home, to be changed."""
    home = tmp_path / "copy"
    shutil.copytree(demo_home[0], home, symlinks=True)
    monkeypatch.setenv("STEVO_HOME", str(home))
    monkeypatch.setenv("STEVO_ENV", "demo")
    return load_settings()
