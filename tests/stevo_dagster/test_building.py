"""Which runs build the warehouse: chunks first, day by day after a failure, then nothing more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from stevo_dagster import building
from stevo_dagster.building import Outcome, build_again, build_stale
from stevo_dagster.days import MAX_DAYS_A_RUN
from stevo_dagster.errors import StevoError
from stevo_dagster.runner import RunFailed
from stevo_dagster.settings import Settings
from stevo_dagster.unfinished import Unfinished
from stevo_dagster.warehouse import plan

FIRST = date(2024, 10, 10)
ALL = (plan.DAY_MODELS, plan.WINDOW_MODELS)
Run = tuple[tuple[str, ...], tuple[date, date] | None]


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def silent(phase: str, text: str) -> None:
    """Say nothing."""


class Recorder:
    """Takes the place of the runner: notes each run, fails those that hold a bad day, and is
    interrupted where one begins with the day `kills_at`."""

    def __init__(self, *bad: date, kills_at: date | None = None) -> None:
        self.bad = bad
        self.kills_at = kills_at
        self.ran: list[Run] = []

    def materialise(self, names: Sequence[str], days: tuple[date, date] | None = None) -> None:
        self.ran.append((tuple(names), days))
        if days and days[0] == self.kills_at:
            raise KeyboardInterrupt
        if days and any(days[0] <= one <= days[1] for one in self.bad):
            raise RunFailed("a check failed")

    def of(self, names: Sequence[str]) -> list[tuple[date, date] | None]:
        return [days for built, days in self.ran if built == tuple(names)]


@pytest.fixture
def said() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def stale(monkeypatch):
    """What is stale: (days, window days, undated tables); every window can be built."""

    def set_stale(days: list[date], windows: list[date], undated: list[str]) -> None:
        def stale_days(settings, first, last, models=plan.DAY_MODELS):
            found = windows if models == plan.WINDOW_MODELS else days
            return [one for one in found if first <= one <= last]

        monkeypatch.setattr(plan, "stale_days", stale_days)
        monkeypatch.setattr(plan, "stale_undated", lambda settings: undated)
        monkeypatch.setattr(plan, "buildable", lambda settings, days, models: days)
        monkeypatch.setattr(building, "chosen_days", lambda settings, a, b: (FIRST, day(100)))

    return set_stale


def test_nothing_stale_no_run(settings, stale, said):
    stale([], [], [])
    runner, outcome = Recorder(), Outcome(FIRST, day(9))
    build_stale(settings, runner, outcome, lambda *line: said.append(line))
    assert runner.ran == said == []
    assert (outcome.days_built, outcome.windows_built) == (0, 0)


def test_days_then_windows_then_undated_each_in_chunks(settings, stale, said):
    days = [day(number) for number in range(40)]
    stale(days, [day(39), day(60)], ["dim_users"])
    runner, outcome = Recorder(), Outcome(FIRST, day(39))
    build_stale(settings, runner, outcome, lambda *line: said.append(line))
    assert runner.ran == [
        (plan.DAY_MODELS, (FIRST, day(MAX_DAYS_A_RUN - 1))),
        (plan.DAY_MODELS, (day(MAX_DAYS_A_RUN), day(39))),
        (plan.WINDOW_MODELS, (day(39), day(39))),
        (plan.WINDOW_MODELS, (day(60), day(60))),
        (plan.UNDATED_MODELS, None),
    ]
    assert (outcome.days_built, outcome.windows_built) == (40, 2)
    assert said[0] == ("days", "40 days to build, 2 runs")


def test_windows_are_looked_for_four_weeks_on_and_not_beyond(settings, stale):
    stale([], [day(9 + 28), day(9 + 29)], [])
    runner = Recorder()
    build_stale(settings, runner, Outcome(FIRST, day(9)), lambda *line: None)
    assert runner.of(plan.WINDOW_MODELS) == [(day(37), day(37))]


def test_a_failed_chunk_is_tried_day_by_day_and_nothing_follows_it(settings, stale, said):
    stale([day(0), day(1), day(2), day(5)], [day(5)], ["dim_users"])
    runner = Recorder(day(1), day(5))
    with pytest.raises(StevoError) as error:
        build_stale(settings, runner, Outcome(FIRST, day(5)), lambda *line: said.append(line))
    assert runner.ran == [
        (plan.DAY_MODELS, days)
        for days in [
            (day(0), day(2)),
            (day(0), day(0)),
            (day(1), day(1)),
            (day(2), day(2)),
            (day(5), day(5)),
        ]
    ], "no window and no undated table after it; a single day is not tried twice"
    assert "2 of 4 days could not be published" in error.value.problem
    assert f"{day(1)}: a check failed" in error.value.problem
    assert error.value.where == f"{day(1)}, {day(5)}"
    assert ("days", f"{day(0)}..{day(2)} failed, now day by day") in said
    assert [text.split(" in ")[0] for phase, text in said if not phase] == [
        f"{day(0)}..{day(0)} published",
        f"{day(2)}..{day(2)} published",
    ]


def unfinished(settings: Settings, last: int = 2) -> Unfinished:
    return Unfinished(settings, FIRST, day(last), None)


def test_a_backfill_builds_every_day_again_and_windows_once(settings, stale):
    stale([], [day(1), day(20)], [])
    runner, outcome = Recorder(), Outcome(FIRST, day(2))
    build_again(settings, runner, outcome, silent, ALL, unfinished(settings), and_the_rest=True)
    assert runner.of(plan.DAY_MODELS) == [(FIRST, day(2))]
    assert runner.of(plan.WINDOW_MODELS) == [(FIRST, day(2)), (day(20), day(20))]
    assert (outcome.days_built, outcome.windows_built) == (3, 4)


def test_an_interrupted_backfill_goes_on_with_the_days_that_are_left(settings, stale, said):
    stale([day(3)], [], [])
    killed, last = Recorder(kills_at=day(MAX_DAYS_A_RUN)), MAX_DAYS_A_RUN + 9
    outcome = Outcome(FIRST, day(last))
    with pytest.raises(KeyboardInterrupt):
        build_again(
            settings, killed, outcome, silent, ALL, unfinished(settings, last), and_the_rest=True
        )
    again = Recorder()
    build_again(
        settings,
        again,
        outcome,
        lambda *line: said.append(line),
        ALL,
        unfinished(settings, last),
        and_the_rest=True,
    )
    assert again.of(plan.DAY_MODELS) == [(day(3), day(3)), (day(MAX_DAYS_A_RUN), day(last))]
    assert said[0] == ("days", "30 of 41 were built before the interruption (--afresh: all)")


def test_days_that_failed_are_tried_again_and_good_ones_are_not(settings, stale):
    stale([], [], [])
    outcome, bad = Outcome(FIRST, day(2)), Recorder(day(1))
    with pytest.raises(StevoError, match="1 of 3 days"):
        build_again(settings, bad, outcome, silent, ALL, unfinished(settings), and_the_rest=True)
    mended = Recorder()
    build_again(settings, mended, outcome, silent, ALL, unfinished(settings), and_the_rest=True)
    assert mended.of(plan.DAY_MODELS) == [(day(1), day(1))]
    assert mended.of(plan.WINDOW_MODELS) == [(FIRST, day(2))]


@pytest.mark.parametrize("chosen", [(["agg_flows"], []), ([], ["agg_user_windows"])])
def test_chosen_tables_are_built_alone(settings, stale, chosen):
    stale([day(0)], [day(20)], ["dim_users"])
    runner = Recorder()
    outcome = Outcome(FIRST, day(1))
    record = Unfinished(settings, FIRST, day(1), [])
    build_again(settings, runner, outcome, silent, chosen, record, and_the_rest=False)
    assert runner.ran == [(tuple(chosen[0] or chosen[1]), (FIRST, day(1)))]


def test_windows_whose_days_are_missing_wait_and_it_is_said(settings, stale, said, monkeypatch):
    stale([], [day(1), day(2)], [])
    monkeypatch.setattr(plan, "buildable", lambda settings, days, models: days[:1])
    runner = Recorder()
    build_stale(settings, runner, Outcome(FIRST, day(2)), lambda *line: said.append(line))
    assert runner.of(plan.WINDOW_MODELS) == [(day(1), day(1))]
    assert said[0] == ("windows", "1 wait for days that are not built yet")
