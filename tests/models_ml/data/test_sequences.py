"""The sequences table: order, derived columns, the split by global time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_ml.columns import FEATURE_COLUMNS, SEQUENCE_COLUMNS
from models_ml.data import sequences
from models_ml.errors import ModelError


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=60))
def test_split_is_by_global_time(moments: list[int]) -> None:
    at = pd.Series(pd.to_datetime(moments, unit="h", utc=True))
    split = sequences.split_by_time(at)
    order = {"train": 0, "val": 1, "test": 2}
    codes = np.array([order[name] for name in split])
    hours = np.array(moments)
    for early in (0, 1):
        if (codes == early).any() and (codes > early).any():
            assert hours[codes == early].max() < hours[codes > early].min()


def test_split_shares() -> None:
    at = pd.Series(pd.date_range("2024-01-01", periods=1000, freq="h", tz="UTC"))
    counts = pd.Series(sequences.split_by_time(at)).value_counts()
    assert counts.to_dict() == {"train": 800, "val": 100, "test": 100}


@pytest.mark.parametrize("shares", [(0.0, 0.1), (0.9, 0.1), (0.5, -0.1)])
def test_impossible_shares_are_refused(shares: tuple[float, float]) -> None:
    with pytest.raises(ModelError, match="split shares"):
        sequences.split_by_time(
            pd.Series(dtype="datetime64[us, UTC]"), train=shares[0], val=shares[1]
        )


def test_build_does_not_depend_on_the_order_of_rows(
    events: pd.DataFrame, table: pd.DataFrame
) -> None:
    mixed = events.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(sequences.build(mixed), table)
    assert list(table.columns) == [*SEQUENCE_COLUMNS, *FEATURE_COLUMNS]


def test_words_are_kept_where_events_have_them(events: pd.DataFrame) -> None:
    said = events.assign(review=None, item_name="cafe " + events["item_id"])
    found = sequences.build(said)
    assert list(found.columns) == [*SEQUENCE_COLUMNS, "item_name", "review", *FEATURE_COLUMNS]
    names = dict(zip(said["event_id"], said["item_name"], strict=True))
    assert found["item_name"].dropna().to_dict() == {
        row: names[event]
        for row, event in found["event_id"].items()
        if isinstance(names[event], str)
    }


def test_local_time_gap_and_distance() -> None:
    events = pd.DataFrame(
        {
            "event_id": ["b", "a"],
            "user_id": ["u", "u"],
            "event_type": ["click", "click"],
            "event_at": pd.to_datetime(["2024-03-09T03:30:00Z", "2024-03-09T02:30:00Z"]),
            "item_id": ["x", "y"],
            "latitude": [0.0, 0.0],
            "longitude": [1.0, 0.0],
            "utc_offset_minutes": [-300, -300],
        }
    )
    table = sequences.build(events)
    assert table["event_id"].tolist() == ["a", "b"]
    assert table["local_hour"].tolist() == [21, 22]
    assert table["weekday"].tolist() == [5, 5]
    assert table["gap_seconds"].tolist()[1] == 3600
    assert np.isnan(table["gap_seconds"][0])
    assert table["distance_m"][1] == pytest.approx(111_195, abs=1)


def test_features_are_finite_and_scaled_by_train(table: pd.DataFrame) -> None:
    features = table[list(FEATURE_COLUMNS)].to_numpy()
    assert np.isfinite(features).all()
    train = table[(table.split == "train") & table.gap_seconds.notna()]
    assert train["f_gap"].mean() == pytest.approx(0, abs=1e-6)
    assert train["f_gap"].std(ddof=0) == pytest.approx(1, abs=1e-6)


def test_features_of_train_do_not_see_the_test_split(
    events: pd.DataFrame, table: pd.DataFrame
) -> None:
    late = table.loc[table.split == "test", "event_id"]
    changed = events.copy()
    moved = changed["event_id"].isin(late)
    changed.loc[moved, "latitude"] = changed.loc[moved, "latitude"] + 5
    again = sequences.build(changed)
    train = (table.split == "train").to_numpy()
    pd.testing.assert_frame_equal(again[train], table[train])


def test_a_missing_column_and_a_repeated_id_are_named(events: pd.DataFrame) -> None:
    with pytest.raises(ModelError, match="lack the columns item_id"):
        sequences.build(events.drop(columns="item_id"))
    with pytest.raises(ModelError, match="'e00-000' occurs twice"):
        sequences.build(pd.concat([events, events.iloc[:1]]))
    with pytest.raises(ModelError, match="1 events have no user_id"):
        sequences.build(events.assign(user_id=events.user_id.where(events.index > 0)))
