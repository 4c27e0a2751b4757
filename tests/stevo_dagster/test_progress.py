"""Progress of a backfill: days done and left, the estimate, and the bar at a terminal."""

from __future__ import annotations

import io
import sys
from datetime import date, timedelta

import pytest

from stevo_dagster.days import days_between
from stevo_dagster.progress import Progress
from stevo_dagster.warehouse.steps import Steps

FIRST = date(2024, 10, 10)


class Terminal(io.StringIO):
    """Standard error at a terminal."""

    def isatty(self) -> bool:
        return True


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def result(total: int) -> dict:
    return {"info": {"name": "LogModelResult", "msg": ""}, "data": {"total": total}}


def test_each_run_is_told_with_days_done_and_the_time_left_and_the_last_without(capsys):
    said: list[tuple[str, str]] = []
    with Progress("days", days_between(FIRST, day(3)), lambda *line: said.append(line)) as bar:
        with bar.over(FIRST, day(2)):
            pass
        with bar.over(day(3), day(3)):
            pass
    assert [phase for phase, _ in said] == ["", ""]
    assert said[0][1] == (
        "2024-10-10..2024-10-12 published in 0.0 s; 3 of 4 days, about 0:00:00 left"
    )
    assert said[1][1] == "2024-10-13..2024-10-13 published in 0.0 s"
    assert capsys.readouterr().err == "", "no bar where there is no terminal"


def test_the_bar_moves_with_dbt_and_goes_back_where_a_run_fails(monkeypatch):
    terminal, said = Terminal(), []
    monkeypatch.setattr(sys, "stderr", terminal)
    with Progress("days", days_between(FIRST, day(3)), lambda *line: said.append(line)) as bar:
        with pytest.raises(KeyboardInterrupt), bar.over(FIRST, day(3)):
            Steps().take(result(2))
            assert " 50% |" in terminal.getvalue() and "2 of 4 days" in terminal.getvalue()
            raise KeyboardInterrupt
        assert terminal.getvalue().rstrip().split("\r")[-1].split("%")[0].split()[-1] == "0"
        bar.give_up(1)
        with bar.over(day(1), day(3)):
            pass
    assert "4 of 4 days" in terminal.getvalue().split("\r")[-1]
    assert [text[:32] for _, text in said] == ["2024-10-11..2024-10-13 published"]
