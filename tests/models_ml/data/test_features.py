"""User and item features: scaled, complete, and PCA with fixed signs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models_ml.data.features import item_features, principal, scale, user_features
from models_ml.errors import ModelError


def users() -> tuple[pd.DataFrame, pd.DataFrame]:
    people = pd.DataFrame(
        {
            "user_id": ["b", "a", "c"],
            "home_h3_r9": ["x", "y", None],
            "events": [10, 20, 4000],
            "entropy": [0.5, np.nan, 1.5],
        }
    )
    windows = pd.DataFrame(
        {
            "user_id": ["a", "a", "b"],
            "day": pd.to_datetime(["2024-01-02", "2024-01-01", "2024-01-02"]),
            "events_7d": [5, 99, 7],
        }
    )
    return people, windows


def test_one_row_a_user_with_the_newest_window() -> None:
    found = user_features(*users())
    assert found["user_id"].tolist() == ["a", "b", "c"]
    assert list(found.columns) == ["user_id", "f_events", "f_entropy", "f_events_7d"]
    assert found["f_events_7d"].tolist() == [-1.0, 1.0, 0.0]
    assert found["f_entropy"].tolist() == [0.0, -1.0, 1.0]


def test_scaling_survives_constants_gaps_and_skew() -> None:
    values = pd.DataFrame({"same": [3.0, 3.0], "gone": [np.nan, np.nan], "x": [1.0, 3.0]})
    found = scale(values)
    assert found.to_numpy().tolist() == [[0, 0, -1], [0, 0, 1]]
    skewed = scale(pd.DataFrame({"n": [0.0, 1.0, 1.0, 10_000.0]}))["n"]
    assert skewed[1] > skewed[0] + 0.1


def test_principal_components_keep_all_variance() -> None:
    values = pd.DataFrame(np.random.default_rng(0).normal(size=(20, 3)))
    found = principal(values, 3)
    assert found.var(ddof=0).sum() == pytest.approx(values.var(ddof=0).sum())
    assert found.var().is_monotonic_decreasing
    pd.testing.assert_frame_equal(found, principal(values.copy(), 3))
    with pytest.raises(ModelError, match=r"pca=4 is outside 1\.\.3"):
        principal(values, 4)


def test_pca_replaces_the_wide_vector() -> None:
    found = user_features(*users(), pca=2)
    assert list(found.columns) == ["user_id", "pca_0", "pca_1"]


def test_item_features_and_errors() -> None:
    items = pd.DataFrame({"item_id": ["q", "p"], "latitude": [1.0, 2.0], "category": ["a", "b"]})
    assert item_features(items)["item_id"].tolist() == ["p", "q"]
    with pytest.raises(ModelError, match="dim_items is empty"):
        item_features(items.iloc[:0])
    with pytest.raises(ModelError, match="dim_users has no column user_id"):
        user_features(items, users()[1])
