"""The whole chain in order: inbox, stale days, windows, undated tables, then models to release.

Belongs here: what `stevo run` and `stevo backfill` do, through a real Dagster instance. Does not
belong here: assets (`defs/`), what is stale (`warehouse/plan.py`, `derived.py`), the runs that
build the warehouse (`building.py`) or printing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from stevo_dagster.building import Outcome, Say, build_again, build_stale
from stevo_dagster.days import check_order, chosen_days
from stevo_dagster.errors import StevoError
from stevo_dagster.home import beside_backfills, only_run
from stevo_dagster.instance import close_dead_runs, open_instance
from stevo_dagster.lake import releases, sweep_staging, tables
from stevo_dagster.records import record_events, record_published
from stevo_dagster.runner import Runner
from stevo_dagster.settings import Settings
from stevo_dagster.unfinished import Unfinished
from stevo_dagster.warehouse import plan
from stevo_dagster.warehouse.build import ensure_manifest, sweep_targets
from stevo_dagster.warehouse.preview import Preview
from stevo_dagster.warehouse.preview import preview as stage_and_compare

if TYPE_CHECKING:
    import dagster as dg

INBOX_ASSETS = ("landing_inbox", "quarantine", "ingest_ledger")


def run_chain(settings: Settings, from_day: date | None, to_day: date | None, say: Say) -> Outcome:
    """Bring everything up to date, from the inbox to the release.

    Args:
        settings: the home.
        from_day: first UTC day whose tables are brought up to date; None means the data's first.
        to_day: last such day, inclusive; None means the newest closed day of the data.
        say: told of each phase and what happens in it.

    Returns:
        What was done. Nothing stale means no run at all.

    Raises:
        StevoError: another run is at work, the range is empty or reversed, there is no data, or a
            table could not be published.
    """
    check_order(from_day, to_day)
    if not waiting_files(settings.inbox):
        chosen_days(settings, from_day, to_day)
    with only_run(settings), open_instance(settings) as instance:
        runner = prepared(settings, instance, say)
        ingest_waiting(settings, runner, say)
        first, last = chosen_days(settings, from_day, to_day)
        outcome = Outcome(first, last)
        runner.reload()
        build_stale(settings, runner, outcome, say)
        _make_release(settings, runner, outcome, say)
        outcome.runs = runner.runs
        return outcome


def backfill(
    settings: Settings,
    from_day: date,
    to_day: date,
    say: Say,
    models: Sequence[str] | None = None,
    *,
    afresh: bool = False,
) -> Outcome:
    """Build the warehouse's days of a range again, current or not, and what looks back on them.

    Models and releases are left alone: `stevo run` brings them up to date. Backfills may go on
    beside each other: two that want one day take turns. One that did not end well goes on when it
    is called again: days that it has built, and that are current still, are left out.

    Args:
        settings: the home.
        from_day: first UTC day.
        to_day: last UTC day, inclusive.
        say: told of each phase and what happens in it.
        models: build these tables alone; None means all that are made by day, and the undated.
        afresh: forget what an earlier call built, and build every day.

    Raises:
        StevoError: a `stevo run` is at work, a table is not made by day, the range is empty or
            reversed, an input of a chosen table is missing or outdated, or a day could not be
            published.
    """
    check_order(from_day, to_day)
    chosen = by_day(models)
    first, last = chosen_days(settings, from_day, to_day)
    with open_instance(settings) as instance:
        ensure_manifest()
        runner = Runner(settings, instance, say)

        def recover() -> None:
            _recover(settings, instance, runner, say)

        with beside_backfills(settings, recover):
            record_events(instance, settings.lake)
            outcome = Outcome(first, last)
            before = Unfinished(settings, first, last, models)
            if afresh:
                before.forget()
            build_again(settings, runner, outcome, say, chosen, before, and_the_rest=models is None)
            before.forget()
            outcome.runs = runner.runs
            return outcome


def preview(
    settings: Settings, from_day: date, to_day: date, models: Sequence[str] | None = None
) -> tuple[Preview, list[str]]:
    """What a backfill would change, and the assets downstream of what would; nothing is published.

    Windows read published days. So they are compared only where they alone are chosen; where all
    tables are, those that would change are among the assets downstream.

    Raises:
        StevoError: as `backfill`, or both days and windows are named.
    """
    check_order(from_day, to_day)
    days, windows = by_day(models)
    if models is not None and days and windows:
        raise StevoError(
            "a preview compares day tables or window tables, not both",
            where="--select",
            fix=f"leave out {', '.join(windows)}, and preview it once the days are built",
        )
    first, last = chosen_days(settings, from_day, to_day)
    found = stage_and_compare(settings, days or windows, first, last)
    changed = {one.table for one in found.differences if not one.is_none}
    return found, downstream(settings, changed)


def by_day(models: Sequence[str] | None) -> tuple[list[str], list[str]]:
    """The day models and the window models among those chosen; None means all.

    Raises:
        StevoError: one is not made by day.
    """
    wanted = [*plan.DAY_MODELS, *plan.WINDOW_MODELS] if models is None else list(models)
    unknown = [name for name in wanted if name not in (*plan.DAY_MODELS, *plan.WINDOW_MODELS)]
    if unknown:
        raise StevoError(
            f"{', '.join(unknown)} is not a table that is built by day",
            where="--select",
            fix=f"choose from: {', '.join(sorted((*plan.DAY_MODELS, *plan.WINDOW_MODELS)))}",
        )
    return (
        [name for name in plan.DAY_MODELS if name in wanted],
        [name for name in plan.WINDOW_MODELS if name in wanted],
    )


def downstream(settings: Settings, names: Iterable[str]) -> list[str]:
    """Every asset that is made from these tables, directly or not, in alphabetical order."""
    from stevo_dagster.definitions import build_defs

    graph = build_defs({"settings": settings}).resolve_asset_graph()
    waiting = {key for key in graph.get_all_asset_keys() if key.path[-1] in set(names)}
    found: set[str] = set()
    while waiting:
        children = graph.get(waiting.pop()).child_keys
        waiting |= {key for key in children if key.path[-1] not in found}
        found |= {key.path[-1] for key in children}
    return sorted(found - set(names))


def ingest_waiting(settings: Settings, runner: Runner, say: Say) -> None:
    """Ingest what waits in the inbox; record and check events that were published outside a run."""
    waiting = waiting_files(settings.inbox)
    if waiting:
        say("inbox", f"{len(waiting)} files to ingest")
        refused = _rejected(settings)
        runner.materialise(INBOX_ASSETS)
        for path in sorted(_rejected(settings) - refused):
            say("", f"rejected: {path}\n{path.read_text().rstrip()}")
    recorded = record_events(runner.instance, settings.lake)
    if waiting or recorded:
        from stevo_dagster.defs.ingest.checks import JOB

        say("checks", "of the events and their ledger")
        for failed in runner.check(JOB):
            say("", f"failed: {failed}")


def prepared(settings: Settings, instance: dg.DagsterInstance, say: Say) -> Runner:
    """A runner, after clearing up what killed runs left; hold `only_run` around it."""
    ensure_manifest()
    runner = Runner(settings, instance, say)
    _recover(settings, instance, runner, say)
    return runner


def _recover(settings: Settings, instance: dg.DagsterInstance, runner: Runner, say: Say) -> None:
    """Sweep what killed runs left, and record what they published."""
    dead = close_dead_runs(instance)
    if dead:
        say("recovery", f"{len(dead)} killed runs closed")
    sweep_staging(settings.lake)
    sweep_targets(settings)
    releases.sweep_unfinished(settings.releases)
    known = set(runner.asset_names()) - {"events"}
    record_published(instance, settings.lake, known & set(tables(settings.lake)), dead)


def _make_release(settings: Settings, runner: Runner, outcome: Outcome, say: Say) -> None:
    """Features, models, predictions, report and release: what of them is not done yet."""
    from stevo_dagster.defs.release.contents import is_released, recorded_release
    from stevo_dagster.defs.staleness import stale_tables

    stale = stale_tables(settings)
    if stale:
        say("release", f"{len(stale)} tables to make")
        runner.materialise(runner.made_names(), phase="release")
        outcome.made = stale
    elif not is_released(settings, recorded_release(runner.instance)):
        say("release", "every table is made, and not released yet")
        runner.materialise(["release"], phase="release")
    else:
        outcome.is_current = True
    now = releases.current(settings.releases)
    outcome.release_id = now.id if now else None


def waiting_files(inbox: Path) -> list[Path]:
    """Files that wait in `inbox/<format>/`; names that begin with a dot are still being written."""
    if not inbox.is_dir():
        return []
    return sorted(
        entry
        for folder in inbox.iterdir()
        if folder.is_dir()
        for entry in folder.iterdir()
        if not entry.name.startswith(".")
    )


def _rejected(settings: Settings) -> set[Path]:
    return set((settings.landing / "rejected").glob("*.error.txt"))
