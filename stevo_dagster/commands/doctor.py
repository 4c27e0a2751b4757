"""`stevo doctor`: look at a home and print what is wrong with the way out.

Belongs here: printing and the exit code. Does not belong here: looking (`doctor.py`).
"""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add `stevo doctor`."""
    app.command("doctor")(doctor_command)


def doctor_command() -> None:
    """Check the home: format, key permissions, every file's hash, leftovers, libraries."""
    from stevo_dagster.doctor import examine
    from stevo_dagster.settings import load_settings

    problems = 0
    for found in examine(load_settings()):
        mark = "ok" if found.problem is None else "PROBLEM"
        typer.echo(f"{mark:<8} {found.what:<9} {found.detail}")
        if found.problem is not None:
            problems += 1
            typer.echo(f"{'':<18} {found.problem}")
        if found.fix is not None:
            typer.echo(f"{'':<18} fix: {found.fix}")
    typer.echo(f"{problems} problem{'s' * (problems > 1)}" if problems else "all is well")
    if problems:
        raise typer.Exit(1)
