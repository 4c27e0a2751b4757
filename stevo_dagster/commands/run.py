"""`stevo run` and `stevo backfill`: bring the home up to date.

Belongs here: options and what is printed. Does not belong here: the order of things (`chain.py`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from stevo_dagster.errors import StevoError

if TYPE_CHECKING:
    from stevo_dagster.warehouse.preview import Change, Preview

MEASURES_SHOWN = 3


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
    select: Annotated[
        str | None,
        typer.Option(metavar="TABLES", help="Only these tables, as agg_flows,agg_calendar."),
    ] = None,
    show: Annotated[
        bool, typer.Option("--preview", help="Show what would change, and publish nothing.")
    ] = False,
    measures: Annotated[
        bool, typer.Option("--measures", help="Preview every sum and mean, not those most changed.")
    ] = False,
    afresh: Annotated[
        bool, typer.Option("--afresh", help="Begin again where this backfill was interrupted.")
    ] = False,
) -> None:
    """Build the days of a range again, current or not. Models and release are left alone.

    One that was interrupted, or whose days failed, goes on where it was when it is started again.
    """
    from stevo_dagster.chain import backfill, preview
    from stevo_dagster.settings import load_settings

    first, last = parse_range(days)
    models = None if select is None else [name.strip() for name in select.split(",")]
    started = time.monotonic()
    if show:
        found, downstream = preview(load_settings(), first, last, models)
        for line in preview_lines(found, downstream, None if measures else MEASURES_SHOWN):
            typer.echo(line)
        return
    outcome = backfill(load_settings(), first, last, say, models, afresh=afresh)
    say(
        "done",
        f"{outcome.first_day}..{outcome.last_day}: {outcome.days_built} days and"
        f" {outcome.windows_built} windows built in {outcome.runs} runs"
        f" ({time.monotonic() - started:.1f} s); `stevo run` makes a release of them",
    )


def preview_lines(
    found: Preview, downstream: Sequence[str], most: int | None = MEASURES_SHOWN
) -> Iterator[str]:
    """What a preview says: each table and day that would change, then a summary.

    Args:
        found: the preview.
        downstream: assets made from what would change.
        most: how many measures of a day to show; None shows all.
    """
    changed = [one for one in found.differences if not one.is_none]
    if changed:
        yield f"{'table':<22} {'day':<10} {'rows':>17} {'added':>8} {'removed':>8} {'changed':>8}"
    for one in changed:
        before = "none" if one.rows_before is None else f"{one.rows_before:,}"
        rows = f"{before} > {one.rows_after:,}"
        counts = f"{one.added:>8,} {one.removed:>8,} {one.changed:>8,}"
        yield f"{one.table:<22} {one.day} {rows:>17} {counts}"
        for name, measure in list(one.measures.items())[:most]:
            told = f"sum {_change(measure.total)}, mean {_change(measure.mean)}"
            yield f"{'':<22} {name}: {told}"
        if most is not None and len(one.measures) > most:
            yield f"{'':<22} and {len(one.measures) - most} more (--measures)"
    total = len(found.differences)
    yield f"{len(changed)} of {total} days of tables would change; nothing was published"
    for name, reason in sorted(found.refused.items()):
        yield f"would not be published: {name}: {reason}"
    if changed:
        yield "downstream: " + (", ".join(downstream) or "nothing")


def _change(change: Change) -> str:
    before, after = (
        "none" if value is None else f"{value:,.6g}" for value in (change.before, change.after)
    )
    return f"{before} > {after}"


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
