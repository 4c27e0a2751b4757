"""Recommendations: known and new places in turn, variety, true reasons."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models_ml.baselines import baseline
from models_ml.columns import RECOMMENDATION_COLUMNS
from models_ml.publish.recommend import pick, recommend


def test_layout_and_truth(table: pd.DataFrame) -> None:
    found = recommend(baseline("blend"), table, k=6)
    assert tuple(found.columns) == RECOMMENDATION_COLUMNS
    assert not found.duplicated(["user_id", "item_id"]).any()
    assert found.groupby("user_id")["rank"].apply(list).map(lambda r: r == [1, 2, 3, 4, 5, 6]).all()
    visits = table.dropna(subset=["item_id"]).groupby(["user_id", "item_id"]).size()
    for row in found.itertuples():
        times = visits.get((row.user_id, row.item_id), 0)
        assert row.is_new_to_user == (times == 0)
        if times == 1:
            assert row.reason.startswith("chosen once before")
        elif times > 1:
            assert row.reason.startswith(f"chosen {times} times before")
        else:
            assert row.reason.startswith("new to you")
    assert found.groupby("user_id")["is_new_to_user"].mean().between(0.3, 0.7).all()


def test_every_second_slot_is_new_while_there_are_any() -> None:
    known, new = np.array([1.0, 0.9, 0.8]), np.array([1.0, 0.5])
    picked = pick(known, new, np.array([0, 1, 2]), np.array([3, 4]), 5)
    assert [is_new for is_new, _, _ in picked] == [False, True, False, True, False]
    assert pick(known, new[:0], np.array([0, 1, 2]), np.array([], dtype=int), 3)[1][0] is False
    assert len(pick(known[:1], new[:1], np.array([0]), np.array([1]), 5)) == 2


def test_a_category_already_shown_falls_back() -> None:
    known = np.array([1.0, 0.9, 0.8])
    picked = pick(known, np.array([]), np.array([7, 7, 8]), np.array([], dtype=int), 3)
    assert [index for _, index, _ in picked] == [0, 2, 1]
