"""The `stevo` command: assembles the typer app and turns errors into one clear message.

Belongs here: the list of command modules and the error boundary. Does not belong here: any
command's own code (`commands/`).
"""

from __future__ import annotations

import errno
import importlib
import shutil
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
    "explain_row",
    "training_set",
    "releases",
    "benchmark",
    "search",
    "planted_truth",
    "doctor",
    "explore",
    "ui",
)

DISK_FULL = ("No space left on device", "Disk quota exceeded", "database or disk is full")
# What SQLite says where its log cannot grow, and of a failing disk too.
SQLITE_STUCK = "disk I/O error"
FULL_BYTES = 1 << 20
UNUSABLE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EISDIR, errno.ENOTDIR)


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
        typer.echo(f"error: {told_by_system(error) or error}", err=True)
        sys.exit(1)
    except Exception as error:
        told = told_by_system(error)
        if told is None:
            raise
        typer.echo(f"error: {told}", err=True)
        sys.exit(1)


def told_by_system(error: Exception) -> StevoError | None:
    """What the operating system refuses, as a problem a person can act on; None for all else.

    DuckDB, Arrow and SQLite tell of a full disk by text alone, each in an error of its own; a run
    that failed for it tells in a `StevoError`.
    """
    if any(text in str(error) for text in DISK_FULL) or (
        SQLITE_STUCK in str(error) and _is_home_full()
    ):
        return StevoError(
            "the disk is full",
            where=str(error),
            fix="free space there and run the same command again: nothing half-written is read",
        )
    if isinstance(error, OSError) and error.errno in UNUSABLE and error.filename is not None:
        return StevoError(
            f"the path cannot be used: {error.strerror}",
            where=str(error.filename),
            fix="choose another path, or give yourself the right to it",
        )
    return None


def _is_home_full() -> bool:
    from stevo_dagster.settings import load_settings

    home = load_settings().home
    return home.exists() and shutil.disk_usage(home).free < FULL_BYTES


if __name__ == "__main__":
    main()
