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
from stevo_dagster.runner import RunFailed, Runner
from stevo_dagster.settings import Settings
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
    *,
    and_the_rest: bool,
) -> None:
    """Build the chosen day and window tables, current or not; then what looks back on them."""
    days, windows = chosen
    every = days_between(outcome.first_day, outcome.last_day)
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
            failed |= _day_by_day(runner, models, days_between(first, last))
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
