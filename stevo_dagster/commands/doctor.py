"""`stevo doctor`: look at a home, print what is wrong with the way out, and mend what can be.

Belongs here: printing and the exit code. Does not belong here: looking (`doctor.py`) or mending
(`repair.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from stevo_dagster.settings import Settings


def register(app: typer.Typer) -> None:
    """Add `stevo doctor`."""
    app.command("doctor")(doctor_command)


def doctor_command(
    mend: Annotated[
        bool, typer.Option("--repair", help="Make damaged files again from their inputs first.")
    ] = False,
) -> None:
    """Check the home: format, key permissions, every file's hash, leftovers, libraries."""
    from stevo_dagster.doctor import examine
    from stevo_dagster.settings import load_settings

    settings = load_settings()
    if mend:
        _repair(settings)
    problems = 0
    for found in examine(settings):
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


def _repair(settings: Settings) -> None:
    from stevo_dagster.commands.run import say
    from stevo_dagster.repair import repair

    done = repair(settings, say)
    for one in done:
        say("mended" if one.problem is None else "not mended", one.what)
        if one.problem is not None:
            say("", one.problem)
    if not done:
        say("repair", "nothing is damaged")
