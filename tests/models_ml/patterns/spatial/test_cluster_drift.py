"""A cluster that moves is followed with its interval; one that stays claims nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models_ml.patterns.spatial.cluster_drift import cluster_drifts

KM = 111.195


def members(seed: int, speed: float, weeks: tuple[int, ...] = tuple(range(8))) -> pd.DataFrame:
    """Visits of 60 people around a centre that goes ``speed`` km a week to the east."""
    rng = np.random.default_rng(seed)
    week = np.repeat(weeks, 60)
    north, east = rng.normal(0, 0.3, (2, len(week)))
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(7 * week, "D")
    longitude = -74 + (east + speed * week) / KM / np.cos(np.radians(40.7))
    return pd.DataFrame(
        {"week": day, "cluster": 3, "person": np.tile(np.arange(60), len(weeks)),
         "latitude": 40.7 + north / KM, "longitude": longitude}
    )  # fmt: skip


def test_speed_and_bearing_are_found():
    (found,) = cluster_drifts(members(1, 0.2))
    assert (found.cluster, found.weeks, found.people) == (3, 8, 60)
    assert found.speed_low < 0.2 < found.speed_high
    assert found.bearing_low < 90 < found.bearing_high
    assert found.p_value < 0.01


def test_missing_weeks_do_not_change_the_speed():
    (found,) = cluster_drifts(members(1, 0.2, (0, 1, 4, 5, 8, 9)))
    assert found.speed == pytest.approx(0.2, abs=0.03)


def test_a_cluster_that_stays_is_rarely_claimed():
    values = [cluster_drifts(members(seed, 0.0))[0].p_value for seed in range(20)]
    assert sum(value < 0.05 for value in values) <= 3


def test_short_lives_are_left_out():
    assert cluster_drifts(members(1, 0.2, (0, 1, 2, 3, 4))) == []
    assert cluster_drifts(members(1, 0.2).head(0)) == []
