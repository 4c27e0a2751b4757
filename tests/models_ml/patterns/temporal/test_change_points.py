"""Change points: the place agrees with ruptures, p-values are honest, several are found."""

from __future__ import annotations

import numpy as np
import pytest
import ruptures

from models_ml.patterns.temporal.change_points import MIN_DAYS, change_points, cusum


def test_the_place_is_that_of_ruptures():
    for seed in range(10):
        rng = np.random.default_rng(seed)
        values = rng.normal(0, 1, 80)
        values[50:] += 1.5
        best = int(np.abs(cusum(values[None])[0]).argmax()) + MIN_DAYS
        search = ruptures.Dynp(model="l2", min_size=MIN_DAYS, jump=1).fit(values)
        assert best == search.predict(n_bkps=1)[0]


def test_changes_are_found_where_they_are():
    rng = np.random.default_rng(3)
    values = rng.normal(0, 0.1, 150) + np.repeat([0.0, 0.5, 0.1], 50)
    found = change_points(values)
    assert [abs(one.at - place) <= 2 for one, place in zip(found, (50, 100), strict=True)]
    assert [one.shift for one in found] == pytest.approx([0.5, -0.4], abs=0.1)
    assert all(one.p_value < 0.05 for one in found)


@pytest.mark.parametrize("memory", [0.0, 0.3])
def test_of_noise_about_one_in_twenty_is_claimed(memory):
    rng = np.random.default_rng(4)
    claimed = 0
    for _ in range(150):
        values = rng.normal(0, 1, 60)
        for day in range(1, 60):
            values[day] += memory * values[day - 1]
        (first, *_) = change_points(values)
        claimed += first.p_value < 0.05
    # blocks of four days keep most of what neighbours share, not all
    assert claimed / 150 < (0.1 if memory == 0 else 0.16)


@pytest.mark.parametrize("values", [np.zeros(60), np.arange(2 * MIN_DAYS - 1, dtype=float)])
def test_nothing_is_searched_where_nothing_can_be_found(values):
    assert change_points(values) == []
