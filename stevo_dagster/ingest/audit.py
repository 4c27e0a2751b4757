"""The gate between staging and publication: what staged days of `events` must hold.

Belongs here: running the suite over what a run staged. Does not belong here: its rules
(`stevo_dagster/checks/events.py`) or those of a line (`validate.py`), which come first and
quarantine what would fail here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pyarrow.parquet as pq

from stevo_dagster.lake import day_partition
from stevo_dagster.settings import Settings


def audit_days(settings: Settings, run_id: str, days: Sequence[date]) -> None:
    """Let staged days of `events` through, or hold all of them back.

    Raises:
        StevoError: names each rule that the rows break, with a sample.
    """
    staged = [settings.lake.staged_file(run_id, "events", day_partition(day)) for day in days]
    # A day may lose its rows to a suppression; the suite is about days that have some.
    filled = [path for path in staged if pq.read_metadata(path).num_rows]
    if not filled:
        return
    # Great Expectations takes seconds to load, which a file without new events need not wait for.
    from stevo_dagster.checks.adapter import run_suite
    from stevo_dagster.checks.events import events_suite
    from stevo_dagster.checks.gate import require

    suite = events_suite(settings.event_at_min, settings.event_at_max)
    require(run_suite(suite, filled))
