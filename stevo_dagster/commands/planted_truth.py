"""`stevo planted-truth`: whether the reports find what simulated cities hold, and nothing else.

Belongs here: options, printing and the exit code. Does not belong here: judging (`planted/`).
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from stevo_dagster.planted.cities import City
    from stevo_dagster.planted.tally import Line


def register(app: typer.Typer) -> None:
    """Add `stevo planted-truth`."""
    app.command("planted-truth")(planted_truth_command)


def planted_truth_command(
    cities: Annotated[int, typer.Option(min=1, help="Number of cities.")] = 20,
    null: Annotated[bool, typer.Option("--null", help="Cities with nothing planted.")] = False,
    people: Annotated[int, typer.Option(min=1, help="People of each city.")] = 300,
    days: Annotated[int, typer.Option(min=1, help="Days of each city.")] = 60,
    first_seed: Annotated[int, typer.Option(min=0, help="Seed of the first city.")] = 1,
    out: Annotated[
        Path | None, typer.Option(help="File that keeps judged cities, to go on from.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare the reports with the truth of simulated cities; exit code 1 if a bound is not met."""
    from stevo_dagster.planted.cities import Size
    from stevo_dagster.planted.tally import judge_cities, lines_of

    judged = judge_cities(cities, first_seed, Size(people, days), null=null, kept=out, say=_say)
    lines = lines_of(judged, null=null)
    if as_json:
        document = {
            "null": null,
            "people": people,
            "days": days,
            "lines": [asdict(line) for line in lines],
            "cities": [city.as_json() for city in judged],
        }
        typer.echo(json.dumps(document, indent=1))
    else:
        _print(lines, null)
    if not all(line.is_good for line in lines):
        raise typer.Exit(1)


def _say(city: City) -> None:
    """One line a city, to the error stream."""
    missed = [name for name, is_found in city.found.items() if not is_found]
    claimed = [f"{name} {count}" for name, count in city.claimed.items() if count]
    told = f"claimed {', '.join(claimed) or 'nothing'}" if city.null else (
        f"missed {', '.join(missed) or 'nothing'}"
    )  # fmt: skip
    typer.echo(f"city {city.seed}: {told}", err=True)


def _print(lines: list[Line], null: bool) -> None:
    """A table: what was planted, in how many cities it was found, or what was claimed by chance."""
    if null:
        typer.echo(f"{'nothing planted':22}{'cities':>8}{'claimed by chance':>20}{'at most':>10}")
    else:
        typer.echo(f"{'planted':22}{'cities':>8}{'found':>20}{'at least':>10}")
    for line in lines:
        mark = "" if line.is_good else "  not met"
        typer.echo(f"{line.name:22}{line.cities:>8}{line.count:>20}{line.bound:>10}{mark}")
