"""The whole chain in order: inbox, stale days, windows, undated tables, then models to release.

Belongs here: what `stevo run` and `stevo backfill` do, through a real Dagster instance. Does not
belong here: assets (`defs/`), what is stale (`warehouse/plan.py`, `derived.py`) or printing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from stevo_dagster.errors import StevoError
from stevo_dagster.home import beside_backfills, only_run
from stevo_dagster.instance import close_dead_runs, open_instance
from stevo_dagster.lake import day_of, partitions, releases, sweep_staging, tables
from stevo_dagster.records import record_events, record_published
from stevo_dagster.runner import RunFailed, Runner
from stevo_dagster.settings import Settings
from stevo_dagster.warehouse import plan
from stevo_dagster.warehouse.build import ensure_manifest
from stevo_dagster.warehouse.preview import Preview
from stevo_dagster.warehouse.preview import preview as stage_and_compare

if TYPE_CHECKING:
    import dagster as dg

MAX_DAYS_A_RUN = 31
WINDOW_DAYS = 28
INBOX_ASSETS = ("landing_inbox", "quarantine", "ingest_ledger")
Say = Callable[[str, str], None]


@dataclass
class Outcome:
    """What one run of the chain did."""

    first_day: date
    last_day: date
    days_built: int = 0
    windows_built: int = 0
    runs: int = 0
    release_id: str | None = None
    is_current: bool = False
    made: list[str] = field(default_factory=list)


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
        runner = _prepared(settings, instance, say)
        ingest_waiting(settings, runner, say)
        first, last = chosen_days(settings, from_day, to_day)
        outcome = Outcome(first, last)
        runner.reload()
        _build_warehouse(settings, runner, outcome, say)
        _make_release(settings, runner, outcome, say)
        outcome.runs = runner.runs
        return outcome


def backfill(
    settings: Settings,
    from_day: date,
    to_day: date,
    say: Say,
    models: Sequence[str] | None = None,
) -> Outcome:
    """Build the warehouse's days of a range again, current or not, and what looks back on them.

    Models and releases are left alone: `stevo run` brings them up to date. Backfills may go on
    beside each other: two that want one day take turns.

    Args:
        settings: the home.
        from_day: first UTC day.
        to_day: last UTC day, inclusive.
        say: told of each phase and what happens in it.
        models: build these tables alone; None means all that are made by day, and the undated.

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

        def recover() -> None:
            _recover(settings, instance, Runner(settings, instance, say), say)

        with beside_backfills(settings, recover):
            runner = Runner(settings, instance, say)
            record_events(instance, settings.lake)
            outcome = Outcome(first, last)
            _build_again(settings, runner, outcome, say, chosen, and_the_rest=models is None)
            outcome.runs = runner.runs
            return outcome


def preview(
    settings: Settings, from_day: date, to_day: date, models: Sequence[str] | None = None
) -> tuple[Preview, list[str]]:
    """What a backfill would change, and the assets downstream of what would; nothing is published.

    Window tables are compared only where they alone are chosen, for they read published days.

    Raises:
        StevoError: as `backfill`.
    """
    check_order(from_day, to_day)
    days, windows = by_day(models)
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


def check_order(from_day: date | None, to_day: date | None) -> None:
    """Refuse a reversed range.

    Raises:
        StevoError: it ends before it begins.
    """
    if from_day is not None and to_day is not None and from_day > to_day:
        raise StevoError(
            f"the range {from_day}..{to_day} is reversed",
            where="--from, --to",
            fix=f"write --from {to_day} --to {from_day}",
        )


def chosen_days(
    settings: Settings, from_day: date | None, to_day: date | None, now: datetime | None = None
) -> tuple[date, date]:
    """The first and last day to bring up to date: closed days inside the data.

    A day is closed once the watermark hours after its end have passed.

    Raises:
        StevoError: there is no data, or no closed day of it lies in the range.
    """
    published = [day_of(part) for part in partitions(settings.lake, "events")]
    if not published:
        raise StevoError(
            "there are no events yet",
            where=str(settings.home),
            fix="`stevo demo`, or `stevo ingest FILE --format F --source NAME`",
        )
    moment = (now or datetime.now(UTC)) - timedelta(hours=settings.watermark_hours)
    newest = min(published[-1], moment.date() - timedelta(days=1))
    first = max(published[0], from_day or published[0])
    last = min(newest, to_day or newest)
    if first > last:
        raise StevoError(
            f"the range {from_day or published[0]}..{to_day or newest} holds no closed day of the"
            " data",
            where="--from, --to",
            fix=f"choose days from {published[0]} to {newest}"
            if published[0] <= newest
            else f"wait until {settings.watermark_hours} hours after the day's end (UTC)",
        )
    return first, last


def chunks(days: Sequence[date], size: int = MAX_DAYS_A_RUN) -> Iterator[tuple[date, date]]:
    """Runs of consecutive days, at most `size` long, as (first, last)."""
    start = 0
    for index in range(1, len(days) + 1):
        is_end = index == len(days)
        if is_end or days[index] - days[index - 1] > timedelta(days=1) or index - start == size:
            yield days[start], days[index - 1]
            start = index


def ingest_waiting(settings: Settings, runner: Runner, say: Say) -> None:
    """Ingest what waits in the inbox, and record events that were published outside a run."""
    waiting = waiting_files(settings.inbox)
    if waiting:
        say("inbox", f"{len(waiting)} files to ingest")
        refused = _rejected(settings)
        runner.materialise(INBOX_ASSETS)
        for path in sorted(_rejected(settings) - refused):
            say("", f"rejected: {path}\n{path.read_text().rstrip()}")
    record_events(runner.instance, settings.lake)


def _prepared(settings: Settings, instance: dg.DagsterInstance, say: Say) -> Runner:
    """A runner, after clearing up what killed runs left."""
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
    releases.sweep_unfinished(settings.releases)
    known = set(runner.asset_names()) - {"events"}
    record_published(instance, settings.lake, known & set(tables(settings.lake)), dead)


def _build_warehouse(settings: Settings, runner: Runner, outcome: Outcome, say: Say) -> None:
    """Build the stale days of the outcome's range, the windows that see them, and the rest."""
    first, last = outcome.first_day, outcome.last_day
    stale = plan.stale_days(settings, first, last)
    outcome.days_built = _build_days(runner, "days", plan.DAY_MODELS, stale, say)
    _build_windows(settings, runner, outcome, say, [])
    if plan.stale_undated(settings):
        say("undated", f"{len(plan.UNDATED_MODELS)} tables")
        runner.materialise(plan.UNDATED_MODELS)


def _build_again(
    settings: Settings,
    runner: Runner,
    outcome: Outcome,
    say: Say,
    chosen: tuple[Sequence[str], Sequence[str]],
    *,
    and_the_rest: bool,
) -> None:
    """Build the chosen day and window tables, current or not; then what looks back on them."""
    days, windows = chosen
    every = _all_days(outcome.first_day, outcome.last_day)
    if days:
        outcome.days_built = _build_days(runner, "days", days, every, say)
    if and_the_rest:
        _build_windows(settings, runner, outcome, say, every)
        _build_undated(settings, runner, say)
    elif windows:
        outcome.windows_built = _build_days(runner, "windows", windows, every, say)


def _build_windows(
    settings: Settings, runner: Runner, outcome: Outcome, say: Say, again: Sequence[date]
) -> None:
    """Build windows that are stale up to four weeks on, and those of `again`.

    A window whose days are not all built yet waits for them.
    """
    newest = chosen_days(settings, None, None)[1]
    reach = min(newest, outcome.last_day + timedelta(days=WINDOW_DAYS))
    stale = plan.stale_days(settings, outcome.first_day, reach, plan.WINDOW_MODELS)
    wanted = sorted({*stale, *again})
    ready = plan.buildable(settings, wanted, plan.WINDOW_MODELS)
    if len(ready) < len(wanted):
        say("windows", f"{len(wanted) - len(ready)} wait for days that are not built yet")
    outcome.windows_built = _build_days(runner, "windows", plan.WINDOW_MODELS, ready, say)


def _build_undated(settings: Settings, runner: Runner, say: Say) -> None:
    """Build the stale undated tables, unless a day they read is outdated itself."""
    if not plan.stale_undated(settings):
        return
    state = plan.read_state(settings)
    waits_for = plan.missing_input(state, plan.UNDATED_MODELS, None, None)
    if waits_for is not None:
        table, partition, problem = waits_for
        say("undated", f"wait: {table} {partition} is {problem}")
        return
    say("undated", f"{len(plan.UNDATED_MODELS)} tables")
    runner.materialise(plan.UNDATED_MODELS)


def _build_days(
    runner: Runner, phase: str, models: Sequence[str], days: Sequence[date], say: Say
) -> int:
    """Build days in chunks; the days of a chunk that fails are tried one by one.

    Raises:
        StevoError: names the days that could not be built, with their reasons.
    """
    if not days:
        return 0
    say(phase, f"{len(days)} days to build, {len(list(chunks(days)))} runs")
    failed: dict[date, str] = {}
    for first, last in chunks(days):
        try:
            runner.materialise(models, (first, last))
        except RunFailed as error:
            if first == last:
                failed[first] = str(error)
                continue
            say(phase, f"{first}..{last} failed, now day by day")
            failed |= _day_by_day(runner, models, _all_days(first, last))
    if failed:
        shown = "\n".join(f"{day}: {reason}" for day, reason in sorted(failed.items())[:5])
        raise StevoError(
            f"{len(failed)} of {len(days)} days could not be published, and nothing was built"
            f" upon them\n{shown}",
            where=", ".join(day.isoformat() for day in sorted(failed)[:10]),
            fix="look at the failed checks in `stevo ui`, mend the data or the test, run again",
        )
    return len(days)


def _day_by_day(runner: Runner, models: Sequence[str], days: Sequence[date]) -> dict[date, str]:
    failed = {}
    for day in days:
        try:
            runner.materialise(models, (day, day))
        except RunFailed as error:
            failed[day] = str(error)
    return failed


def _make_release(settings: Settings, runner: Runner, outcome: Outcome, say: Say) -> None:
    """Features, models, predictions, report and release, unless all are current."""
    from stevo_dagster.defs.staleness import stale_tables

    stale = stale_tables(settings)
    now = releases.current(settings.releases)
    if not stale and now is not None:
        outcome.release_id, outcome.is_current = now.id, True
        return
    say("release", f"{len(stale)} tables to make")
    runner.materialise(runner.made_names(), phase="release")
    outcome.made = stale
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


def _all_days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
