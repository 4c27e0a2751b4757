"""`stevo explore`: a page on this machine to look around in a release.

Belongs here: how the page is served. Does not belong here: the page (`explore/app.py`).
"""

from __future__ import annotations

import importlib.util
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from stevo_dagster.commands.ui import require_free
from stevo_dagster.errors import StevoError

if TYPE_CHECKING:
    from stevo_dagster.settings import Settings

FRAMEWORK = "streamlit"


def register(app: typer.Typer) -> None:
    """Add `stevo explore`."""
    app.command("explore")(explore_command)


def explore_command(
    release: Annotated[
        str | None, typer.Option(help="Release id; the current one if left out.")
    ] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")] = 8501,
) -> None:
    """Look around in a release: choose region, days, kinds of event and segment."""
    from stevo_dagster.explore.released import chosen_release
    from stevo_dagster.settings import load_settings

    require_framework()
    settings = load_settings()
    found = chosen_release(settings, release)
    require_free(port)
    typer.echo(f"http://127.0.0.1:{port}  (release {found.id}; Ctrl+C ends it)")
    os.execve(sys.executable, explore_arguments(port), explore_environment(settings, found.id))


def require_framework() -> None:
    """Refuse to go on without Streamlit.

    Raises:
        StevoError: the extra is not installed.
    """
    if importlib.util.find_spec(FRAMEWORK) is None:
        raise StevoError(
            "stevo explore needs Streamlit, which is not installed",
            fix='pip install --constraint constraints.txt "stevo[explore]"',
        )


def explore_arguments(port: int) -> list[str]:
    """The command line of the server. It has no login, so it binds the loopback address."""
    from stevo_dagster.settings import PROJECT_ROOT

    return [
        sys.executable, "-m", FRAMEWORK, "run",
        str(PROJECT_ROOT / "stevo_dagster" / "explore" / "app.py"),
        "--server.address", "127.0.0.1", "--server.port", str(port), "--server.headless", "true",
        "--server.fileWatcherType", "none", "--browser.gatherUsageStats", "false",
        "--client.toolbarMode", "minimal",
    ]  # fmt: skip


def explore_environment(settings: Settings, release: str) -> dict[str, str]:
    """The environment that makes the page show this release of this home."""
    from stevo_dagster.settings import PROJECT_ROOT

    path = os.pathsep.join([str(PROJECT_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {
        **os.environ,
        "PYTHONPATH": path,
        "STEVO_HOME": str(settings.home),
        "STEVO_ENV": settings.environment,
        "STEVO_EXPLORE_RELEASE": release,
    }
