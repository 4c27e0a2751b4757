"""How far a dbt run is: its models and tests, counted as they end.

Belongs here: reading dbt's log events, and telling whoever follows. Does not belong here: what is
made of it (`stevo_dagster/progress.py`).

The follower is set around the run and not handed through it: between the two stands Dagster, whose
ops take settings and no functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

# dbt's event of a result, and the field of it that says how many steps there are.
TOTALS = {"LogModelResult": "total", "LogTestResult": "num_models"}
# Told the share of a run that is done, from 0 to 1.
Follow = Callable[[float], None]

_follower: ContextVar[Follow | None] = ContextVar("stevo_dbt_follower", default=None)


@contextmanager
def followed(by: Follow) -> Iterator[None]:
    """Tell `by` of every dbt run that this thread starts meanwhile."""
    before = _follower.set(by)
    try:
        yield
    finally:
        _follower.reset(before)


class Steps:
    """Counts the results of one dbt run, and tells the follower there is."""

    def __init__(self) -> None:
        self._done = 0
        self._follow = _follower.get()

    def take(self, event: Mapping[str, Any]) -> None:
        """Take one of dbt's JSON log events. dbt numbers steps as they start; ends are counted."""
        total = TOTALS.get(event["info"]["name"])
        if self._follow is None or total is None:
            return
        self._done += 1
        self._follow(min(1.0, self._done / event["data"][total]))
