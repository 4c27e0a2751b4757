"""The `stevo` command: assembles the typer app and turns errors into one clear message.

Belongs here: the list of command modules and the error boundary. Does not belong here: any
command's own code (`commands/`).
"""

from __future__ import annotations

import importlib
import sys

import typer

from stevo_dagster.errors import StevoError

COMMAND_MODULES = (
    "demo",
    "simulate",
    "ingest",
    "quarantine",
    "run",
    "read",
    "releases",
    "benchmark",
    "doctor",
    "ui",
)


def build_app() -> typer.Typer:
    """The typer app with every command registered."""
    app = typer.Typer(
        name="stevo",
        help="Spatio-temporal evolution of user behaviour: events in, honest predictions out.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for name in COMMAND_MODULES:
        importlib.import_module(f"stevo_dagster.commands.{name}").register(app)
    return app


def main() -> None:
    """Entry point: exit code 0, 1 for a problem that is named, 2 for wrong usage."""
    try:
        build_app()()
    except StevoError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
