"""`stevo ui`: the Dagster UI of a home, on this machine alone.

Belongs here: how `dagster dev` is started. Does not belong here: what it shows (`definitions.py`).
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer

from stevo_dagster.errors import StevoError
from stevo_dagster.settings import PROJECT_ROOT, Settings


def register(app: typer.Typer) -> None:
    """Add `stevo ui`."""
    app.command("ui")(ui_command)


def ui_command(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")] = 3000,
) -> None:
    """Open the Dagster UI with its daemon: graph, checks, schedules, sensors, backfills."""
    from stevo_dagster.instance import bootstrap
    from stevo_dagster.settings import load_settings
    from stevo_dagster.warehouse.build import ensure_manifest

    require_free(port)
    settings = load_settings()
    bootstrap(settings)
    ensure_manifest()
    typer.echo(f"http://127.0.0.1:{port}  (home {settings.home}; Ctrl+C ends it)")
    os.execve(sys.executable, ui_arguments(port), ui_environment(settings))


def require_free(port: int) -> None:
    """Refuse a port that is taken: Dagster would go on without a UI.

    Raises:
        StevoError: another program listens there.
    """
    with socket.socket() as probe:
        # As web servers bind, so that a UI that ended a moment ago does not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise StevoError(
                f"port {port} cannot be used: {error.strerror}",
                where=f"127.0.0.1:{port}",
                fix=f"end the program there, or choose another: stevo ui --port {port % 65535 + 1}",
            ) from None


def ui_arguments(port: int) -> list[str]:
    """The command line of `dagster dev`. It has no login, so it binds the loopback address."""
    workspace = PROJECT_ROOT / "workspace.yaml"
    return [
        sys.executable,
        "-m",
        "dagster",
        "dev",
        "--workspace",
        str(workspace),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]


def ui_environment(settings: Settings) -> dict[str, str]:
    """The environment that makes every process of the UI work on this home."""
    return {
        **os.environ,
        "DAGSTER_HOME": str(settings.dagster_home),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "STEVO_HOME": str(settings.home),
        "STEVO_ENV": settings.environment,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
    }
