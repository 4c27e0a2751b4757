"""The benchmark's form: where trajectories break, where time is split, what is asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_ml.errors import ModelError
from models_ml.evaluation import benchmark, cities
from tests.models_ml.conftest import make_events


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return cities.in_form(make_events())


def test_trajectories_are_long_enough_unbroken_and_within_a_split(table: pd.DataFrame) -> None:
    for _, part in table.groupby("trajectory_id"):
        assert len(part) >= cities.SHORTEST
        assert part["user_id"].nunique() == part["split"].nunique() == 1
        assert (part["event_at"].diff().dropna() <= cities.GAP).all()
    ends = table.groupby("split")["event_at"].agg(["min", "max"])
    assert ends.loc["train", "max"] < ends.loc["val", "min"]
    assert ends.loc["val", "max"] < ends.loc["test", "min"]
    assert table["event_at"].is_monotonic_increasing and table["event_id"].is_monotonic_increasing


def test_a_gap_of_more_than_a_day_breaks_one() -> None:
    events = make_events()
    late = events["event_at"] > events["event_at"].min() + pd.Timedelta(days=3)
    events.loc[late, "event_at"] += pd.Timedelta(hours=25)
    whole, broken = cities.in_form(make_events()), cities.in_form(events)
    of_train = [one[one["split"] == "train"]["trajectory_id"] for one in (whole, broken)]
    assert of_train[0].nunique() == 24 and of_train[1].nunique() > 40


@settings(deadline=None, max_examples=5)
@given(seed=st.integers(0, 99), most=st.integers(1, 12))
def test_asked_are_last_events_that_train_knows(seed: int, most: int) -> None:
    table = cities.in_form(make_events(), max_scored=most, seed=seed)
    train = table[table["split"] == "train"]
    asked = table[table["scored"]]
    assert not train["scored"].any()
    assert asked["user_id"].isin(train["user_id"]).all()
    assert asked["item_id"].isin(train["item_id"]).all()
    last = table.groupby("trajectory_id")["event_id"].last()
    assert asked["event_id"].isin(last).all()
    assert (asked.groupby("split").size() <= most).all()
    assert set(asked["split"]) == {"val", "test"}


def baskets() -> pd.DataFrame:
    """Ten people who buy five products at one moment every other day; no place on the map."""
    rng = np.random.default_rng(1)
    days = pd.date_range("2024-01-01", periods=40, freq="2D", tz="UTC")
    return pd.DataFrame(
        [
            {"user_id": f"u{user}", "item_id": product, "event_type": "purchase", "event_at": day}
            for user in range(10)
            for day in days
            for product in rng.choice(12, 5, replace=False)
        ]
    )


def test_baskets_make_a_trajectory_a_week_and_no_order_of_the_file_decides() -> None:
    events = baskets()
    table = cities.in_form(events)
    weeks = table["event_at"].dt.isocalendar()["week"]
    assert (weeks.groupby(table["trajectory_id"]).nunique() == 1).all()
    assert table["latitude"].isna().all()
    asked = table[table["scored"]]
    first = table.groupby("trajectory_id")["event_at"].min()
    assert (asked["event_at"] > asked["trajectory_id"].map(first)).all()
    assert (asked.groupby(["user_id", "event_at"]).size() > 1).any()
    by_product = cities.in_form(events.sort_values(["user_id", "event_at", "item_id"]))
    asked = by_product[by_product["scored"]].merge(
        events.astype({"item_id": str}), on=["user_id", "event_at"]
    )
    largest = asked.groupby(["user_id", "event_at"])["item_id_y"].max()
    own = asked.groupby(["user_id", "event_at"])["item_id_x"].first()
    assert (own == largest).mean() < 0.7


def test_a_written_city_is_read_and_answered(tmp_path: Path) -> None:
    table = cities.in_form(baskets())
    cities.write(table, tmp_path / "made")
    read = benchmark.read(tmp_path / "made")
    assert len(read) == len(table) and read["scored"].sum() == table["scored"].sum()
    answers = benchmark.run(tmp_path / "made", split="val", model="blend")
    asked = table.loc[table["scored"] & (table["split"] == "val"), "event_id"]
    assert set(answers["event_id"]) == set(asked)


def test_what_cannot_be_made_is_named() -> None:
    with pytest.raises(ModelError, match="lack the columns item_id"):
        cities.in_form(make_events().drop(columns="item_id"))
    strangers = make_events().sort_values("event_at", ignore_index=True)
    strangers["user_id"] = [f"u{number // 50}" for number in range(len(strangers))]
    with pytest.raises(ModelError, match=r"no trajectory of (val|test) leads to a place"):
        cities.in_form(strangers)
