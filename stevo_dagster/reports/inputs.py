"""What a report is made from, and the queries that read it.

Here belong the input contract of the page and its SQL. Drawing does not. Report and explorer are
made from shared tables alone; rows of persons are read for ``correlations``, which tells of groups.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from models_ml.patterns.contracts import CONTRACTS
from stevo_dagster.errors import StevoError
from stevo_dagster.reports.contracts import ACTIVITY_TYPES
from stevo_dagster.reports.correlations import correlations
from stevo_dagster.reports.language import ENGLISH, Say
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
# The tables of patterns that the page draws.
PATTERNS = ("hot_spots", "flows", "seasonality", "forecasts")
SHARED = ("activity_days", "activity_hours", "activity_cells", *PATTERNS)
QUERIES = {
    **{name: f"select * from {name} order by all" for name in SHARED},
    "ledger": LEDGER,
    "cleaning": CLEANING,
}

REQUIRED_COLUMNS = {
    **{name: tuple(types) for name, types in ACTIVITY_TYPES.items()},
    **{name: CONTRACTS[name].names for name in PATTERNS},
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

    Frames (columns in ``REQUIRED_COLUMNS``): ``activity_days``, ``activity_hours``,
    ``activity_cells``, ``hot_spots``, ``flows``, ``seasonality``, ``forecasts``, ``evaluation``,
    ``importance``, ``faithfulness`` and ``correlations`` as published, ``curves`` [epoch],
    ``ledger`` [file x run], ``cleaning`` [reason].
    Frames with a default may be empty; then the page says that part is missing. ``as_of`` is aware,
    or UTC. The same inputs give the same page, byte for byte.
    ``k`` is the least number of distinct people in anything drawn.

    Raises:
        StevoError: a frame lacks a required column, or ``k`` is below 1.
    """

    as_of: datetime
    model_source: str
    model_version: str
    activity_days: pd.DataFrame
    activity_hours: pd.DataFrame
    ledger: pd.DataFrame
    activity_cells: pd.DataFrame = field(default_factory=lambda: empty("activity_cells"))
    hot_spots: pd.DataFrame = field(default_factory=lambda: empty("hot_spots"))
    flows: pd.DataFrame = field(default_factory=lambda: empty("flows"))
    seasonality: pd.DataFrame = field(default_factory=lambda: empty("seasonality"))
    forecasts: pd.DataFrame = field(default_factory=lambda: empty("forecasts"))
    cleaning: pd.DataFrame = field(default_factory=lambda: empty("cleaning"))
    curves: pd.DataFrame = field(default_factory=lambda: empty("curves"))
    evaluation: pd.DataFrame = field(default_factory=lambda: empty("evaluation"))
    importance: pd.DataFrame = field(default_factory=lambda: empty("importance"))
    faithfulness: pd.DataFrame = field(default_factory=lambda: empty("faithfulness"))
    correlations: pd.DataFrame = field(default_factory=lambda: empty("correlations"))
    has_places: bool = True
    champion_reason: str = ""
    title: str = ""
    language: str = ENGLISH
    simulated: bool = False
    k: int = 10

    @property
    def say(self) -> Say:
        """The language of the page."""
        return Say(self.language)

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
    users = subject_users(connection.execute(PERSON_HOURS).df(), connection.execute(VISITS).df())
    cell_hours = connection.execute(CELL_HOURS).df()
    calendar = connection.execute(CALENDAR).df()
    return correlations(cell_hours, calendar, users, k=k, seed=seed)


def read_frames(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """The frames of ``ReportInputs`` that are published tables with columns of their own.

    ``connection`` has the views of ``SHARED``, fct_ingest_ledger and fct_cleaning_ledger. Use as
    ``ReportInputs(**read_frames(connection), as_of=...)``.
    """
    return {name: connection.execute(sql).df() for name, sql in QUERIES.items()}
