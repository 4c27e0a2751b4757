"""One small demo home for the tests of this folder: made once, copied by those that change it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from stevo_dagster import demo
from stevo_dagster.commands import demo as demo_command
from stevo_dagster.commands import run as run_command

PEOPLE, DAYS = 16, 9


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory) -> tuple[Path, str]:
    """The home of a small demo and what the command printed."""
    home = tmp_path_factory.mktemp("demo") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STEVO_HOME", str(home))
        patch.setenv("STEVO_ENV", "demo")
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.delenv("STEVO_PSEUDONYM_KEY", raising=False)
        output = invoke_demo(patch)
    return home, output


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


@pytest.fixture
def small_demo(monkeypatch, demo_home) -> Callable[[], str]:
    """Run the demo again on the shared home, which it leaves as it is."""
    monkeypatch.setenv("STEVO_HOME", str(demo_home[0]))
    monkeypatch.setenv("STEVO_ENV", "demo")
    return lambda: invoke_demo(monkeypatch)
