"""How far the days of a backfill are: a bar at a terminal, an estimate in what is told.

Belongs here: days done and left, and the time they will take. Does not belong here: how far one
dbt run is (`warehouse/steps.py`).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta

from stevo_dagster.days import days_between
from stevo_dagster.warehouse.steps import followed

BAR = "{desc:<10} {percentage:3.0f}% |{bar:24}| {n:.0f} of {total} days [{elapsed}<{remaining}]"


class Progress:
    """Counts the days of one phase as their runs end, and tells of each run."""

    def __init__(self, phase: str, days: Sequence[date], say: Callable[[str, str], None]) -> None:
        from tqdm import tqdm

        self._total = len(days)
        self._say = say
        self._done = 0
        self._began = time.monotonic()
        # Without a terminal there is no bar: the lines that are told say the same.
        hidden = not sys.stderr.isatty()
        self._bar = tqdm(total=self._total, desc=phase, bar_format=BAR, disable=hidden)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    @contextmanager
    def over(self, first: date, last: date) -> Iterator[None]:
        """Follow the run of these days; one that fails counts as not done."""
        days = len(days_between(first, last))
        began = time.monotonic()
        try:
            with followed(lambda share: self._show(self._done + share * days)):
                yield
        except BaseException:
            self._show(self._done)
            raise
        self._done += days
        self._show(self._done)
        seconds = time.monotonic() - began
        self._say("", f"{first}..{last} published in {seconds:.1f} s{self._rest()}")

    def give_up(self, days: int) -> None:
        """Count days that could not be built as over: there is nothing left to wait for."""
        self._done += days
        self._show(self._done)

    def _rest(self) -> str:
        left = self._total - self._done
        if not left:
            return ""
        seconds = (time.monotonic() - self._began) * left / self._done
        about = str(timedelta(seconds=round(seconds)))
        return f"; {self._done} of {self._total} days, about {about} left"

    def _show(self, days: float) -> None:
        self._bar.n = days
        self._bar.refresh()
