"""`stevo demo`: a city (or your file) through the whole chain, and what came of it.

Belongs here: options and printing. Does not belong here: the steps (`demo.py`, `chain.py`) or the
figures (`summary.py`).
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Annotated

import typer

from stevo_dagster.errors import StevoError


def register(app: typer.Typer) -> None:
    """Add `stevo demo`."""
    app.command("demo")(demo_command)


def demo_command(
    events: Annotated[
        Path | None, typer.Option(help="Your file (or folder) instead of a simulated city.")
    ] = None,
    form: Annotated[
        str | None, typer.Option("--format", help="Its format, as `stevo ingest --help` lists.")
    ] = None,
    source: Annotated[str, typer.Option(help="Name of the source in the ledger.")] = "demo",
) -> None:
    """Simulate a city (or take a file), run the whole chain, print what came of it."""
    from stevo_dagster.commands.run import say
    from stevo_dagster.demo import run_demo
    from stevo_dagster.settings import load_settings
    from stevo_dagster.summary import summary

    if (events is None) != (form is None):
        raise StevoError(
            "--events and --format go together", fix="stevo demo --events FILE --format events"
        )
    os.environ.setdefault("STEVO_ENV", "demo")
    settings = load_settings()
    started = time.monotonic()
    outcome = run_demo(settings, events, form, source, say)
    if outcome.is_current and not outcome.runs:
        say("done", f"nothing is stale, release {outcome.release_id} is current")
    typer.echo("")
    for line in summary(settings):
        typer.echo(line)
    typer.echo(f"\n{time.monotonic() - started:.0f} s in all. Next:")
    for command in next_commands(settings.home):
        typer.echo(f"  {command}")


def next_commands(home: Path) -> list[str]:
    """Three commands to try, runnable as printed from the checkout."""
    where = "" if home == Path(".stevo").absolute() else f"STEVO_HOME={home} "
    binary = ".venv/bin/stevo" if Path(".venv/bin/stevo").exists() else "stevo"
    return [
        f"{where}{binary} read next_place_predictions --limit 5",
        f"{where}{binary} releases list",
        f"{where}{binary} ui",
    ]
