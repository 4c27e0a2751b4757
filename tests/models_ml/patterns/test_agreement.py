"""Agreement is 1 for the same groups under other names, and near 0 for groups by chance."""

from __future__ import annotations

import numpy as np
import pytest

from models_ml.patterns.agreement import agreement, planted_cells


def test_the_same_groups_under_other_names_agree_wholly():
    planted = {thing: thing % 3 for thing in range(30)}
    found = agreement({thing: f"g{name}" for thing, name in planted.items()}, planted)
    assert (found.rand, found.information, found.n) == (1.0, pytest.approx(1.0), 30)
    assert found.p_value == 0.001


def test_the_value_is_that_of_the_closed_form():
    one, other = [0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 2, 2]
    found = agreement(dict(enumerate(one)), dict(enumerate(other)))
    # pairs in both 2; in one 6; in the other 3; expected 6 * 3 / 15
    assert found.rand == pytest.approx((2 - 18 / 15) / ((6 + 3) / 2 - 18 / 15))


def test_groups_by_chance_are_rarely_claimed():
    rng = np.random.default_rng(1)
    values = [
        agreement(
            dict(enumerate(rng.integers(0, 4, 25))), dict(enumerate(rng.integers(0, 4, 25)))
        ).p_value
        for _ in range(20)
    ]
    assert sum(value < 0.05 for value in values) <= 3


def test_only_what_is_in_both_is_compared():
    found = agreement({"a": 1, "b": 1, "c": 2}, {"b": "x", "c": "y", "d": "y"})
    assert found.n == 2
    assert agreement({"a": 1}, {"a": 1}).p_value == 1.0


def test_a_cell_belongs_to_the_community_with_most_anchors_in_it():
    anchors = {"z": ["i1", "i2", "i3"], "a": ["i2", "i4", "unknown"]}
    cells = {"i1": "c1", "i2": "c2", "i3": "c2", "i4": "c3"}
    assert planted_cells(anchors, cells) == {"c1": "z", "c2": "z", "c3": "a"}
