"""The runs that build the warehouse: days in chunks, windows that see them, undated tables.

Belongs here: which runs, in which order, and what becomes of a run that fails. Does not belong
here: one run (`runner.py`), what is stale (`warehouse/plan.py`) or what comes before and after
(`chain.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from stevo_dagster.days import chosen_days, chunks, days_between
from stevo_dagster.errors import StevoError
from stevo_dagster.progress import Progress
from stevo_dagster.runner import RunFailed, Runner
from stevo_dagster.settings import Settings
from stevo_dagster.unfinished import Unfinished
from stevo_dagster.warehouse import plan

WINDOW_DAYS = 28
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


def build_stale(settings: Settings, runner: Runner, outcome: Outcome, say: Say) -> None:
    """Build the stale days of the outcome's range, the windows that see them, and the rest."""
    first, last = outcome.first_day, outcome.last_day
    stale = plan.stale_days(settings, first, last)
    outcome.days_built = _build_days(runner, "days", plan.DAY_MODELS, stale, say)
    _build_windows(settings, runner, outcome, say, [])
    if plan.stale_undated(settings):
        say("undated", f"{len(plan.UNDATED_MODELS)} tables")
        runner.materialise(plan.UNDATED_MODELS)


def build_again(
    settings: Settings,
    runner: Runner,
    outcome: Outcome,
    say: Say,
    chosen: tuple[Sequence[str], Sequence[str]],
    before: Unfinished,
    *,
    and_the_rest: bool,
) -> None:
    """Build the chosen day and window tables, current or not; then what looks back on them.

    Days that `before` names, and that are current, are left out.
    """
    days, windows = chosen
    if days:
        left = _left(settings, outcome, "days", days, before, say)
        outcome.days_built = _build_days(runner, "days", days, left, say, before)
    if and_the_rest:
        again = _left(settings, outcome, "windows", plan.WINDOW_MODELS, before, say)
        _build_windows(settings, runner, outcome, say, again, before)
        _build_undated(settings, runner, say)
    elif windows:
        left = _left(settings, outcome, "windows", windows, before, say)
        outcome.windows_built = _build_days(runner, "windows", windows, left, say, before)


def _left(
    settings: Settings,
    outcome: Outcome,
    phase: str,
    models: Sequence[str],
    before: Unfinished,
    say: Say,
) -> list[date]:
    """The days of the range that an interrupted backfill of it left to build."""
    every = days_between(outcome.first_day, outcome.last_day)
    built = before.built(phase)
    if not built:
        return every
    built -= set(plan.stale_days(settings, outcome.first_day, outcome.last_day, models))
    say(phase, f"{len(built)} of {len(every)} were built before the interruption (--afresh: all)")
    return [day for day in every if day not in built]


def _build_windows(
    settings: Settings,
    runner: Runner,
    outcome: Outcome,
    say: Say,
    again: Sequence[date],
    before: Unfinished | None = None,
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
    outcome.windows_built = _build_days(runner, "windows", plan.WINDOW_MODELS, ready, say, before)


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
    runner: Runner,
    phase: str,
    models: Sequence[str],
    days: Sequence[date],
    say: Say,
    record: Unfinished | None = None,
) -> int:
    """Build days in chunks; the days of a chunk that fails are tried one by one.

    What is published is noted in `record` at once, if there is one.

    Raises:
        StevoError: names the days that could not be built, with their reasons.
    """
    if not days:
        return 0
    say(phase, f"{len(days)} days to build, {len(list(chunks(days)))} runs")
    failed: dict[date, str] = {}
    with Progress(phase, days, say) as progress:

        def build(first: date, last: date) -> None:
            with progress.over(first, last):
                runner.materialise(models, (first, last))
            if record is not None:
                record.note(phase, days_between(first, last))

        for first, last in chunks(days):
            try:
                build(first, last)
            except RunFailed as error:
                if first < last:
                    say(phase, f"{first}..{last} failed, now day by day")
                    failed |= _day_by_day(build, progress, days_between(first, last))
                else:
                    failed[first] = str(error)
                    progress.give_up(1)
    if failed:
        shown = "\n".join(f"{day}: {reason}" for day, reason in sorted(failed.items())[:5])
        raise StevoError(
            f"{len(failed)} of {len(days)} days could not be published, and nothing was built"
            f" upon them\n{shown}",
            where=", ".join(day.isoformat() for day in sorted(failed)[:10]),
            fix="look at the failed checks in `stevo ui`, mend the data or the test, run again",
        )
    return len(days)


def _day_by_day(
    build: Callable[[date, date], None], progress: Progress, days: Sequence[date]
) -> dict[date, str]:
    failed = {}
    for day in days:
        try:
            build(day, day)
        except RunFailed as error:
            failed[day] = str(error)
            progress.give_up(1)
    return failed
