"""`stevo ingest`: take a file into the lake, and say where each line went.

Belongs here: options and printing. Does not belong here: ingest itself (`stevo_dagster/ingest`).
"""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add `stevo ingest`."""
    app.command("ingest")(ingest_command)


def ingest_command(
    path: Annotated[Path, typer.Argument(help="A file, or a folder of files (olist and others).")],
    form: Annotated[
        str, typer.Option("--format", help="A reader's name; a wrong one lists those there are.")
    ],
    source: Annotated[
        str, typer.Option(help="The source's name, within which event ids are unique.")
    ],
) -> None:
    """Take a file into the lake: every line is accepted, or kept elsewhere with its reason."""
    from stevo_dagster.ingest import ingest_path
    from stevo_dagster.ingest.ledger import FATES
    from stevo_dagster.settings import load_settings

    run_id = f"ingest-{uuid.uuid4().hex[:12]}"
    result = ingest_path(load_settings(), path, form, source, run_id)
    (file_id,) = result.file_ids
    if not result.ledger:
        typer.echo(f"{path}: already known as file {file_id}; nothing changed")
        return
    for row in result.ledger:
        typer.echo(f"{path}: file {file_id}, {row.lines:,} lines")
        for fate in FATES:
            typer.echo(f"  {fate:<14}{getattr(row, fate):>12,}")
        if result.days:
            typer.echo(f"  days          {result.days[0]} to {result.days[-1]}")
        if row.quarantined:
            typer.echo(f"see why: stevo quarantine list --file {file_id}")
    typer.echo("next: stevo run")
