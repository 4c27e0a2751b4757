"""A small synthetic city for the report tests, with what is planted in it under the caller's hand.

Belongs here: events drawn in memory and the marts' frames made from them. Does not belong here:
the product's own city simulator, which these tests must not depend on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from itertools import pairwise

import duckdb
import h3
import numpy as np
import pandas as pd
import pytest

from models_ml.patterns.contracts import CONTRACTS
from stevo_dagster.reports.activity import read_activity
from stevo_dagster.reports.correlations import correlations
from stevo_dagster.reports.inputs import ReportInputs, empty
from stevo_dagster.reports.people import subject_users

CENTRE = (40.74, -73.98)
RATES = {"click": 9.0, "search": 6.0, "check_in": 5.0, "cart": 2.0, "purchase": 3.0}


@dataclass(frozen=True)
class City:
    """Events and the frames that the marts would make of them."""

    events: pd.DataFrame
    cell_hours: pd.DataFrame
    calendar: pd.DataFrame
    person_hours: pd.DataFrame
    visits: pd.DataFrame

    @cached_property
    def activity(self) -> dict[str, pd.DataFrame]:
        """The shared tables of activity, of groups of ten."""
        return activity_of(self.events, self.calendar)

    @property
    def users(self) -> pd.DataFrame:
        """Distinct people of each subject."""
        return subject_users(self.person_hours, self.visits)


def draw_events(
    seed: int,
    days: int,
    *,
    lag_hours: int | None = None,
    followed: float = 0.25,
    evening_km: float = 0.0,
    weekend: float = 1.0,
    people: int = 200,
) -> pd.DataFrame:
    """Poisson events with a daily and weekly cycle; nothing else unless asked for.

    ``lag_hours`` plants purchases that follow a share ``followed`` of the searches; ``evening_km``
    pushes events after 18:00 that far north; ``weekend`` multiplies the rates of free days.
    """
    rng = np.random.default_rng(seed)
    hour = np.arange(days * 24)
    day_cycle = 1 + 0.8 * np.sin((hour % 24 - 9) / 24 * 2 * np.pi)
    free = np.where((hour // 24 + 4) % 7 >= 5, weekend, 1.0)
    parts = []
    for kind, rate in RATES.items():
        counts = rng.poisson(rate * day_cycle * free)
        parts.append(pd.DataFrame({"hour": np.repeat(hour, counts), "event_type": kind}))
    if lag_hours is not None:
        searches = parts[list(RATES).index("search")]["hour"].to_numpy()
        later = searches[rng.random(len(searches)) < followed] + lag_hours
        parts.append(pd.DataFrame({"hour": later[later < len(hour)], "event_type": "purchase"}))
    events = pd.concat(parts, ignore_index=True)
    n = len(events)
    events["user_id"] = rng.integers(0, people, n)
    late = events["hour"].to_numpy() % 24 >= 18
    events["latitude"] = CENTRE[0] + rng.normal(0, 0.012, n) + late * evening_km / 111.0
    events["longitude"] = CENTRE[1] + rng.normal(0, 0.015, n)
    return events


def frames(events: pd.DataFrame, start: str = "2024-03-01", places: bool = True) -> City:
    """The marts' frames of ``events``; without ``places`` the cells are null."""
    lat, lon = events["latitude"].to_numpy(), events["longitude"].to_numpy()
    cells = [h3.latlng_to_cell(a, o, 8) for a, o in zip(lat, lon, strict=True)]
    hour_at = pd.Timestamp(start, tz="UTC") + pd.to_timedelta(events["hour"], unit="h")
    events = events.assign(
        hour_at=hour_at,
        day=hour_at.dt.date,
        local_hour=hour_at.dt.hour,
        weekday=hour_at.dt.day_of_week + 1,
        h3_r9=[h3.cell_to_center_child(cell, 9) for cell in cells] if places else None,
    )
    grain = ["day", "hour_at", "local_hour", "weekday", "h3_r9", "event_type"]
    grouped = events.groupby(grain, dropna=False)
    cell_hours = grouped.agg(events=("hour", "size"), users=("user_id", "nunique")).reset_index()
    calendar = events.groupby("day").agg(events=("hour", "size"), users=("user_id", "nunique"))
    calendar = calendar.reset_index()
    weekday = pd.to_datetime(calendar["day"]).dt.day_of_week
    calendar["is_weekend"] = weekday >= 5
    calendar["is_holiday"] = calendar["day"].astype(str).isin(["2024-03-29", "2024-04-01"])
    calendar["holiday_name"] = np.where(calendar["is_holiday"], "Easter", None)
    person_hours = (
        events.groupby(["user_id", "weekday", "local_hour", "event_type"])
        .size()
        .reset_index(name="events")
    )
    placed = events.dropna(subset=["h3_r9"])
    visits = placed.groupby(["h3_r9", "user_id"]).size().reset_index(name="events")
    return City(events, cell_hours.assign(amount=0.0), calendar, person_hours, visits)


def activity_of(
    events: pd.DataFrame, calendar: pd.DataFrame, k: int = 10
) -> dict[str, pd.DataFrame]:
    """The shared tables of activity of events (columns as in fct_events) and days."""
    with duckdb.connect() as con:
        cells = [cell or None for cell in events["h3_r9"]]
        con.register("frame", events.assign(h3_r9=cells))
        con.execute(
            "create view fct_events as"
            " select * replace (day::date as day, h3_r9::varchar as h3_r9) from frame"
        )
        con.register("days", calendar)
        con.execute("create view agg_calendar as select * replace (day::date as day) from days")
        return read_activity(con, k=k)


@pytest.fixture(scope="session")
def make_city() -> Callable[..., City]:
    """Draw a city: ``make_city(seed, days, places=True, **planted)``; each is drawn once."""

    @cache
    def make(seed: int, days: int, *, places: bool = True, **planted: float) -> City:
        return frames(draw_events(seed, days, **planted), places=places)  # type: ignore[arg-type]

    return make


def evaluation() -> pd.DataFrame:
    """An evaluation table with a learned model that wins and some baselines."""
    values = {"popularity": 0.03, "markov": 0.17, "visit_counter": 0.24, "blend": 0.27,
              "st_transformer": 0.31}  # fmt: skip
    times = {"acc@1": 1.0, "acc@10": 2.2, "mrr": 1.4, "ndcg@10": 1.6}
    rows = []
    for task in ("next_place", "next_event_type"):
        for model, value in values.items():
            for metric, factor in times.items():
                for segment, change in (("all", 1.0), ("return", 1.2), ("discovery", 0.2)):
                    mean = value * factor * change
                    rows.append(
                        (model, task, "test", segment, metric, mean, mean - 0.02, mean + 0.02, 900)
                    )
    names = ["model", "task", "split", "segment", "metric", "value", "ci_low", "ci_high", "n"]
    return pd.DataFrame(rows, columns=names)


def ledger() -> pd.DataFrame:
    """Two files of one source, sums exact."""
    return pd.DataFrame(
        {
            "source": ["city", "city"], "lines": [1000, 500], "accepted": [950, 480],
            "late_accepted": [10, 0], "duplicate": [20, 10], "conflict": [5, 0],
            "quarantined": [15, 10], "suppressed": [0, 0],
        }
    )  # fmt: skip


def curves() -> pd.DataFrame:
    """A loss curve with its best validation loss at epoch 7."""
    epoch = np.arange(1, 11)
    return pd.DataFrame(
        {
            "epoch": epoch,
            "train_loss": 5 * np.exp(-epoch / 4) + 2,
            "val_loss": 5 * np.exp(-epoch / 4) + 2.2 + 0.02 * np.maximum(epoch - 7, 0) ** 2,
        }
    )


def hot_spots() -> pd.DataFrame:
    """Two changes that are supported, and places that are busy or quiet all along."""
    cells = sorted(h3.grid_disk(h3.latlng_to_cell(*CENTRE, 8), 2))
    classes = ["persistent_hot"] * 6 + ["none"] * 9 + ["sporadic_cold"] * 4
    frame = pd.DataFrame({"cell": cells, "resolution": 8, "event_type": "search", "class": classes})
    rows = frame.assign(z_last=2.5, trend=0.1, p_value=0.4, q_value=0.6)
    rows.loc[:1, ["class", "trend", "p_value", "q_value"]] = ["intensifying_hot", 0.6, 1e-4, 0.004]
    shops = rows.head(4).assign(event_type="purchase", q_value=0.6)
    numbers = {"bin_days": 1, "n_bins": 60, "n_events": 300, "n_people": 11}
    return pd.concat([rows, shops], ignore_index=True).assign(**numbers)


def flows() -> pd.DataFrame:
    """Moves between neighbours in two weeks, and one node."""
    cells = sorted(h3.grid_disk(h3.latlng_to_cell(*CENTRE, 8), 1))
    weeks = pd.to_datetime(["2024-03-04", "2024-03-11"])
    rows = [
        (week, "edge", one, other, 8, 12, 30 + place)
        for week in weeks
        for place, (one, other) in enumerate(pairwise(cells))
    ]
    rows.append((weeks[0], "node", cells[0], None, 8, 20, 60))
    names = ["week", "kind", "cell", "to_cell", "resolution", "n_people", "moves"]
    return pd.DataFrame(rows, columns=names).reindex(columns=CONTRACTS["flows"].names)


def seasonality() -> pd.DataFrame:
    """Daily cycles of all event types, weekly ones of two, one of them by chance."""
    rows = [(f"event_type:{kind}", 24, 16, 0.6, 0.002, 60) for kind in RATES]
    rows += [("event_type:click", 168, 6, 0.4, 0.003, 8), ("category:cafe", 168, 2, 0.05, 0.7, 8)]
    names = ["subject", "period_hours", "peak", "statistic", "q_value", "n"]
    same = {"strength": 0.7, "trend_strength": 0.1, "peak_share": 0.1, "autocorrelation": 0.5}
    return pd.DataFrame(rows, columns=names).assign(p_value=0.001, **same)


def forecasts(last: pd.Timestamp) -> pd.DataFrame:
    """A week to come of two event types, all places, and of one cell."""
    cell = h3.latlng_to_cell(*CENTRE, 9)
    series = (("all", "click", 200.0), ("all", "search", 140.0), (cell, "cart", 12.0))
    rows = [
        (place, kind, "ets", last + pd.Timedelta(days=step + 1), mean, mean * 0.7, mean * 1.3)
        for place, kind, mean in series
        for step in range(7)
    ]
    names = ["cell", "event_type", "model", "day", "mean", "low", "high"]
    judged = {"mase": 0.8, "naive_mase": 1.1, "coverage": 0.91, "n_origins": 10}
    judged |= {"gain": 0.2, "gain_p": 0.01, "gain_q": 0.03}
    return pd.DataFrame(rows, columns=names).assign(**judged)


def importance() -> pd.DataFrame:
    """What two models' features are worth."""
    rows = [
        ("ranker", "counts", 0.39, 0.26, 0.22, 0.30),
        ("ranker", "space", 0.39, 0.01, -0.01, 0.02),
        ("st_transformer", "wide", 0.38, 0.04, 0.01, 0.06),
    ]
    names = ["model", "feature", "mrr", "mrr_lost", "ci_low", "ci_high"]
    return pd.DataFrame(rows, columns=names).assign(users=57, n=300)


def faithfulness() -> pd.DataFrame:
    """Falls without cited and without other events."""
    rows = [
        ("random", 1.15, 0.09, 1.06, 0.82, 1.33, 0.00001, 20),
        ("matched", 1.15, 0.04, 1.11, 0.86, 1.37, 0.03, 20),
    ]
    names = ["control", "cited", "other", "gain", "ci_low", "ci_high", "p_value", "users"]
    return pd.DataFrame(rows, columns=names).assign(model="ensemble")


@pytest.fixture(scope="session")
def make_inputs() -> Callable[..., ReportInputs]:
    """Report inputs of a city: ``make_inputs(city, **changes)``."""

    def make(city: City, **changes: object) -> ReportInputs:
        values: dict[str, object] = {
            "as_of": datetime(2024, 4, 29, 18, tzinfo=UTC),
            "model_source": "model:st_transformer",
            "model_version": "3f9a1c2e",
            **city.activity,
            "hot_spots": hot_spots() if len(city.visits) else empty("hot_spots"),
            "flows": flows() if len(city.visits) else empty("flows"),
            "seasonality": seasonality(),
            "forecasts": forecasts(pd.Timestamp(city.calendar["day"].max())),
            "ledger": ledger(),
            "cleaning": pd.DataFrame({"reason": ["bot", "impossible_move"], "removed": [120, 33]}),
            "curves": curves(),
            "evaluation": evaluation(),
            "importance": importance(),
            "faithfulness": faithfulness(),
            "champion_reason": "st_transformer beats blend: acc@1 +0.0400.",
            "simulated": True,
        }
        if "correlations" not in changes:
            values["correlations"] = correlations(city.cell_hours, city.calendar, city.users)
        return ReportInputs(**(values | changes))  # type: ignore[arg-type]

    return make
