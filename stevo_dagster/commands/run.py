"""`stevo run` and `stevo backfill`: bring the home up to date.

Belongs here: options and what is printed. Does not belong here: the order of things (`chain.py`).
"""

from __future__ import annotations

import time
from datetime import date
from typing import Annotated

import typer

from stevo_dagster.errors import StevoError


def register(app: typer.Typer) -> None:
    """Add `stevo run` and `stevo backfill`."""
    app.command("run")(run_command)
    app.command("backfill")(backfill_command)


def run_command(
    from_day: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="First UTC day, as 2024-03-01.")
    ] = None,
    to_day: Annotated[
        str | None, typer.Option("--to", metavar="DAY", help="Last UTC day, inclusive.")
    ] = None,
) -> None:
    """Run the whole chain: inbox, stale days, tables, models, report, release."""
    from stevo_dagster.chain import run_chain
    from stevo_dagster.settings import load_settings

    first, last = parse_day(from_day, "--from"), parse_day(to_day, "--to")
    started = time.monotonic()
    outcome = run_chain(load_settings(), first, last, say)
    seconds = time.monotonic() - started
    if outcome.is_current and not outcome.runs:
        say("done", f"nothing is stale, release {outcome.release_id} is current ({seconds:.1f} s)")
    else:
        say("done", f"release {outcome.release_id} ({outcome.runs} runs, {seconds:.1f} s)")


def backfill_command(
    days: Annotated[str, typer.Argument(metavar="FROM..TO", help="UTC days, both inclusive.")],
) -> None:
    """Build the days of a range again, current or not. Models and release are left alone."""
    from stevo_dagster.chain import backfill
    from stevo_dagster.settings import load_settings

    first, last = parse_range(days)
    started = time.monotonic()
    outcome = backfill(load_settings(), first, last, say)
    say(
        "done",
        f"{outcome.first_day}..{outcome.last_day}: {outcome.days_built} days and"
        f" {outcome.windows_built} windows built in {outcome.runs} runs"
        f" ({time.monotonic() - started:.1f} s); `stevo run` makes a release of them",
    )


def parse_day(text: str | None, where: str) -> date | None:
    """A UTC day, or None for none.

    Raises:
        StevoError: it is no day of the calendar.
    """
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise StevoError(
            f"{text!r} is not a day", where=where, fix=f"write {where} 2024-03-01"
        ) from None


def parse_range(text: str) -> tuple[date, date]:
    """The two days of FROM..TO.

    Raises:
        StevoError: it is no such range.
    """
    first, separator, last = text.partition("..")
    if not separator or not first or not last:
        raise StevoError(
            f"{text!r} is not a range of days", where="FROM..TO", fix="write 2024-03-01..2024-03-31"
        )
    days = parse_day(first, "FROM"), parse_day(last, "TO")
    assert days[0] is not None and days[1] is not None
    return days[0], days[1]


def say(phase: str, text: str) -> None:
    """Print one line of progress."""
    typer.echo(f"{phase:<10} {text}")
