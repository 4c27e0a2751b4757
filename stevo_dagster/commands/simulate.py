"""`stevo simulate`: write a simulated city and its truth.

Belongs here: options and printing. Does not belong here: the city (`sources/simulator/`).
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

DEFAULT_START = "2024-10-10"


class Form(StrEnum):
    """Formats of the events file."""

    jsonl = "jsonl"
    csv = "csv"
    parquet = "parquet"


def register(app: typer.Typer) -> None:
    """Add `stevo simulate`."""
    app.command("simulate")(simulate_command)


def simulate_command(
    out: Annotated[Path, typer.Option(help="Folder to write events and truth.json into.")],
    people: Annotated[int, typer.Option(help="Number of people.")] = 300,
    days: Annotated[int, typer.Option(help="Number of UTC days.")] = 60,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 7,
    dirt: Annotated[float, typer.Option(help="Dirty lines per clean one, 0 to 0.5.")] = 0.02,
    form: Annotated[Form, typer.Option("--format", help="Format of the events.")] = Form.jsonl,
    start: Annotated[str, typer.Option(help="First UTC day.")] = DEFAULT_START,
    null: Annotated[bool, typer.Option("--null", help="Plant no effects at all.")] = False,
    life: Annotated[
        str, typer.Option(help="usual, routine, explorers, sparse or shoppers.")
    ] = "usual",
) -> None:
    """Simulate the behaviour events of a city, with the truth beside them."""
    from stevo_dagster.sources.simulator import simulate

    result = simulate(
        out,
        people=people,
        days=days,
        seed=seed,
        dirt=dirt,
        format=form.value,
        start=start,
        null=null,
        life=life,
    )
    typer.echo(f"{result.events}: {result.lines:,} lines, {result.clean_events:,} sound events")
    for fate in ("duplicate", "conflict", "quarantined"):
        typer.echo(f"  for ingest to find: {result.ledger[fate]:,} {fate}")
    if result.late is not None:
        typer.echo(f"{result.late}: late lines, to be ingested after the events")
    typer.echo(f"{result.truth}: what was planted")
    typer.echo(f"next: stevo ingest {result.events} --format events --source city")
