"""`stevo quarantine`: lines that were no events, and another try at them.

Belongs here: options and printing. Does not belong here: reading and replaying
(`stevo_dagster/ingest`).
"""

from __future__ import annotations

import sys
import uuid
from typing import Annotated

import typer

FileOption = Annotated[str | None, typer.Option("--file", help="One file id.")]


def register(app: typer.Typer) -> None:
    """Add `stevo quarantine`."""
    commands = typer.Typer(
        help="Lines that were no events: why, their bytes, another try.", no_args_is_help=True
    )
    commands.command("list")(list_command)
    commands.command("show")(show_command)
    commands.command("replay")(replay_command)
    app.add_typer(commands, name="quarantine")


def list_command(
    file: FileOption = None,
    reason: Annotated[str | None, typer.Option(help="One reason.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="Lines shown with --file or --reason.")] = 20,
) -> None:
    """How many lines are in quarantine for which reason; with a filter, the lines too."""
    from stevo_dagster.ingest import quarantine
    from stevo_dagster.settings import load_settings

    settings = load_settings()
    found = quarantine.counts(settings, file, reason)
    if not found:
        typer.echo("nothing is in quarantine")
        return
    for row in found:
        typer.echo(
            f"{row['file_id']}  {row['source']:<16}{row['reason']:<20}{row['status']:<10}"
            f"{row['lines']:>10,}"
        )
    if file is None and reason is None:
        return
    typer.echo("")
    for row in quarantine.lines(settings, file, reason, limit):
        typer.echo(f"{row['file_id']} {row['line_number']}  {row['reason']}: {row['message']}")


def show_command(
    file_id: Annotated[str, typer.Argument(help="The file id, as `list` shows it.")],
    line: Annotated[int, typer.Argument(help="The line number.")],
    raw: Annotated[
        bool, typer.Option("--raw", help="Only the line's bytes, as they came.")
    ] = False,
) -> None:
    """One quarantined line: why it is there, and its bytes."""
    from stevo_dagster.ingest import quarantine
    from stevo_dagster.settings import load_settings

    settings = load_settings()
    row = quarantine.line(settings, file_id, line)
    if raw:
        for piece in quarantine.raw_bytes(settings, row):
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        return
    for name, value in row.items():
        if name != "raw":
            typer.echo(f"{name:<16}{'' if value is None else value}")
    if row["raw"] is None:
        typer.echo("raw             too long to show; --raw reads it from the original")
    else:
        typer.echo(f"raw             {row['raw']!r}")


def replay_command(file: FileOption = None) -> None:
    """Try quarantined lines again, after settings or stevo changed."""
    from stevo_dagster.ingest.ledger import FATES
    from stevo_dagster.ingest.replay import replay
    from stevo_dagster.settings import load_settings

    results = replay(load_settings(), f"replay-{uuid.uuid4().hex[:12]}", file)
    if not results:
        typer.echo("no line left quarantine; nothing changed")
    for result in results:
        for row in result.ledger:
            told = ", ".join(f"{getattr(row, f):,} {f}" for f in FATES if getattr(row, f))
            typer.echo(f"file {row.file_id}: {row.lines:,} lines left quarantine: {told}")
