"""Land, distances and scattered points."""

from __future__ import annotations

import numpy as np
import pytest

from stevo_dagster.sources.simulator.geography import (
    NEW_YORK,
    is_land,
    metres_between,
    scatter,
    shift,
)


def test_districts_are_on_land_and_the_bay_is_not() -> None:
    latitude = np.array([place.latitude for place in NEW_YORK.districts])
    longitude = np.array([place.longitude for place in NEW_YORK.districts])
    assert is_land(NEW_YORK, latitude, longitude).all()
    bay_and_sea = np.array([40.66, 40.50]), np.array([-74.05, -73.90])
    assert not is_land(NEW_YORK, *bay_and_sea).any()


def test_known_distance() -> None:
    # One degree of a great circle is R * pi / 180 with R = 6,371.0088 km: 111.195 km.
    one = metres_between(*(np.array([value]) for value in (0.0, 0.0, 0.0, 1.0)))
    assert one[0] == pytest.approx(111_195.08, abs=0.1)


def test_shift_moves_by_metres() -> None:
    latitude, longitude = np.array([40.7]), np.array([-73.9])
    moved = shift(latitude, longitude, np.array([300.0]), np.array([400.0]))
    assert metres_between(latitude, longitude, *moved)[0] == pytest.approx(500, rel=1e-3)


def test_scattered_points_are_on_land_near_their_district() -> None:
    district = np.repeat(np.arange(len(NEW_YORK.districts)), 200)
    latitude, longitude = scatter(NEW_YORK, np.random.default_rng(1), district, 900)
    assert is_land(NEW_YORK, latitude, longitude).all()
    first = NEW_YORK.districts[0]
    metres = metres_between(first.latitude, first.longitude, latitude[:200], longitude[:200])
    assert 500 < np.median(metres) < 1_600
