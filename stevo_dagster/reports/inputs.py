"""What a report is made from, and the queries that read it from the marts.

Here belong the input contract of the page and its SQL. Drawing does not. Frames that name persons
(``person_hours``, ``visits``) are only counted, to prove k-anonymity; no person reaches the page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from stevo_dagster.errors import StevoError
from stevo_dagster.reports.correlations import NO_PLACES, correlations
from stevo_dagster.reports.people import subject_users

if TYPE_CHECKING:
    import duckdb

PERSON_HOURS = """
select user_id, weekday, local_hour, event_type, count(*) as events
from fct_events
group by all
order by all
"""
VISITS = """
select h3_r9, user_id, count(*) as events
from fct_events
where h3_r9 is not null
group by all
order by all
"""
CALENDAR = """
select day, events, users, is_holiday, holiday_name, is_weekend
from agg_calendar
order by day
"""
LEDGER = "select * from fct_ingest_ledger order by received_at, file_id"
CLEANING = """
select reason, sum(removed) as removed
from fct_cleaning_ledger
group by reason
order by removed desc, reason
"""
CELL_HOURS = """
select day, hour_at, local_hour, weekday, h3_r9, event_type, events, users
from agg_cell_hours
order by all
"""
QUERIES = {
    "person_hours": PERSON_HOURS,
    "visits": VISITS,
    "calendar": CALENDAR,
    "ledger": LEDGER,
    "cleaning": CLEANING,
}

REQUIRED_COLUMNS = {
    "person_hours": ("user_id", "weekday", "local_hour", "event_type", "events"),
    "visits": ("h3_r9", "user_id", "events"),
    "calendar": ("day", "events", "users", "is_holiday", "holiday_name", "is_weekend"),
    "curves": ("epoch", "train_loss", "val_loss"),
    "evaluation": (
        "model", "task", "split", "segment", "metric", "value", "ci_low", "ci_high", "n",
    ),
    "importance": ("model", "feature", "mrr", "mrr_lost", "ci_low", "ci_high", "users", "n"),
    "faithfulness": (
        "model", "control", "cited", "other", "gain", "ci_low", "ci_high", "p_value", "users",
    ),
    "correlations": (
        "kind", "subject_a", "subject_b", "lag_hours",
        "statistic", "p_value", "q_value", "n", "effect",
    ),
    "ledger": ("source", "lines", "accepted", "late_accepted", "duplicate", "conflict",
               "quarantined", "suppressed"),
    "cleaning": ("reason", "removed"),
}  # fmt: skip


def empty(name: str) -> pd.DataFrame:
    """An empty frame with the required columns of input ``name``, for parts a run lacks."""
    # Of objects: text operations refuse an empty column of floats, which is pandas' default.
    return pd.DataFrame({column: [] for column in REQUIRED_COLUMNS[name]}, dtype=object)


@dataclass(frozen=True)
class ReportInputs:
    """Everything the page shows.

    Frames (columns in ``REQUIRED_COLUMNS``): ``person_hours`` [user x weekday x local hour x type],
    ``visits`` [cell x user], ``calendar`` [day], ``curves`` [epoch], ``evaluation``,
    ``importance``, ``faithfulness`` and ``correlations`` as published, ``ledger`` [file x run],
    ``cleaning`` [reason].
    Frames with a default may be empty; then the page says that part is missing. ``as_of`` is aware,
    or UTC. The same inputs give the same page, byte for byte.
    ``k`` is the least number of distinct people in anything drawn.

    Raises:
        StevoError: a frame lacks a required column, or ``k`` is below 1.
    """

    as_of: datetime
    model_source: str
    model_version: str
    person_hours: pd.DataFrame
    calendar: pd.DataFrame
    ledger: pd.DataFrame
    visits: pd.DataFrame = field(default_factory=lambda: empty("visits"))
    cleaning: pd.DataFrame = field(default_factory=lambda: empty("cleaning"))
    curves: pd.DataFrame = field(default_factory=lambda: empty("curves"))
    evaluation: pd.DataFrame = field(default_factory=lambda: empty("evaluation"))
    importance: pd.DataFrame = field(default_factory=lambda: empty("importance"))
    faithfulness: pd.DataFrame = field(default_factory=lambda: empty("faithfulness"))
    correlations: pd.DataFrame = field(default_factory=lambda: empty("correlations"))
    notes: tuple[str, ...] = ()
    champion_reason: str = ""
    title: str = "Behaviour report"
    simulated: bool = False
    k: int = 10

    def __post_init__(self) -> None:
        """Refuse frames that lack columns, naming them."""
        if self.k < 1:
            raise StevoError(
                f"k-anonymity needs k of at least 1, got {self.k}",
                where="report",
                fix="set k_anonymity in the settings to 10",
            )
        for name, columns in REQUIRED_COLUMNS.items():
            frame: pd.DataFrame = getattr(self, name)
            missing = [column for column in columns if column not in frame.columns]
            if missing:
                raise StevoError(
                    f"report input {name!r} lacks {', '.join(missing)}",
                    where="report",
                    fix=f"build {name!r} with the columns {', '.join(columns)}",
                )


def read_correlations(
    connection: duckdb.DuckDBPyConnection, *, k: int = 10, seed: int = 0
) -> pd.DataFrame:
    """The published table ``correlations``, from agg_cell_hours and the other marts."""
    frames = read_frames(connection)
    users = subject_users(frames["person_hours"], frames["visits"])
    cell_hours = connection.execute(CELL_HOURS).df()
    return correlations(cell_hours, frames["calendar"], users, k=k, seed=seed)


def read_frames(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """The frames of ``ReportInputs`` that come from the marts.

    ``connection`` has the views fct_events, agg_calendar, fct_ingest_ledger and
    fct_cleaning_ledger. Use as ``ReportInputs(**read_frames(connection), as_of=...)``.
    """
    frames: dict[str, Any] = {name: connection.execute(sql).df() for name, sql in QUERIES.items()}
    frames["notes"] = () if len(frames["visits"]) else (NO_PLACES,)
    return frames
