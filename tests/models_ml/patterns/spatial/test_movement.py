"""Measures of movement in closed form, and a median with an interval that holds it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models_ml.patterns.spatial.movement import middle, person_measures

KM = 111.195


def test_two_places_have_their_values_in_closed_form():
    # three events at one place and one 4 km north of it: p = 3/4, spread 4 * sqrt(p (1 - p))
    events = pd.DataFrame(
        {"person": "a", "latitude": 40.0 + np.array([0, 0, 4, 0]) / KM, "longitude": -74.0,
         "cell": ["x", "x", "y", "x"]}
    )  # fmt: skip
    (row,) = person_measures(events).to_dict("records")
    assert row["radius_of_gyration_km"] == pytest.approx(4 * np.sqrt(3 / 16))
    assert row["jump_km"] == pytest.approx(4.0)
    assert row["visit_entropy_bits"] == pytest.approx(-0.75 * np.log2(0.75) + 0.5)


def test_persons_are_kept_apart():
    events = pd.DataFrame(
        {"person": ["a", "a", "b", "b", "c"], "latitude": [40.0, 40.0, 41.0, 41.0, 42.0],
         "longitude": -74.0, "cell": ["x", "x", "y", "y", "z"]}
    )  # fmt: skip
    found = person_measures(events)
    assert found.index.tolist() == ["a", "b"]
    assert found["radius_of_gyration_km"].tolist() == pytest.approx([0, 0], abs=1e-6)
    assert found["visit_entropy_bits"].tolist() == [0, 0]
    assert found["jump_km"].isna().all()
    assert len(person_measures(events.head(0))) == 0


def test_the_interval_holds_the_median_about_as_often_as_it_says():
    rng = np.random.default_rng(4)
    found = [middle(rng.normal(1.0, 1.0, 60), seed) for seed in range(60)]
    assert all(one.low <= one.value <= one.high and one.people == 60 for one in found)
    assert sum(one.low <= 1.0 <= one.high for one in found) >= 50
