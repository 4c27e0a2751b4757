"""A crowd that wanders is followed; one that stays, or is too few, is not."""

from __future__ import annotations

import h3
import numpy as np
import pandas as pd
import pytest

from models_ml.patterns.spatial.drift import corridor, drift

START, WEEKS = (40.70, -73.95), 8
KM = 111.195


def crowd(seed: int, bearing: float, speed: float, people: int = 200) -> pd.DataFrame:
    """Visits of a crowd of spread 400 m that moves, and of as many people who stay around."""
    rng = np.random.default_rng(seed)
    week = rng.integers(0, WEEKS, people * 20)
    person = rng.integers(0, people, len(week))
    goes = rng.random(len(week)) < 0.5
    along = np.where(goes, speed * (week - 3.5), rng.normal(0, 2.5, len(week)))
    north = along * np.cos(np.radians(bearing)) + rng.normal(0, 0.4, len(week))
    east = along * np.sin(np.radians(bearing)) + rng.normal(0, 0.4, len(week))
    latitude = START[0] + north / KM
    longitude = START[1] + east / KM / np.cos(np.radians(START[0]))
    cells = [h3.latlng_to_cell(a, b, 8) for a, b in zip(latitude, longitude, strict=True)]
    frame = pd.DataFrame({"user_id": person, "cell": cells, "week": week})
    return frame.groupby(["user_id", "cell", "week"]).size().reset_index(name="events")


@pytest.mark.parametrize("bearing", [0, 70, 200, 355])
def test_bearing_and_speed_are_found(bearing):
    found = drift(crowd(1, bearing, 0.8), WEEKS, 10)
    assert found is not None
    off = (found.bearing - bearing + 180) % 360 - 180
    assert abs(off) < 8
    assert found.bearing_low <= found.bearing <= found.bearing_high
    assert 0.5 < found.speed_low <= found.speed_high < 0.9
    assert found.p_value <= 0.01
    assert found.people == 200
    north = (found.centres[-1, 0] - found.centres[0, 0]) * KM
    assert north == pytest.approx(found.speed * 7 * np.cos(np.radians(found.bearing)), abs=1.5)


def test_a_crowd_that_stays_does_not_drift():
    claims = [drift(crowd(seed, 0, 0.0, 80), WEEKS, 3) is not None for seed in range(20)]
    assert sum(claims) <= 3


def test_few_people_or_few_weeks_show_nothing():
    visits = crowd(2, 0, 0.8, 9)
    assert drift(visits, WEEKS, 10) is None
    assert drift(crowd(2, 0, 0.8), 5, 10) is None
    assert drift(visits.head(0), WEEKS, 10) is None


def test_the_same_seed_gives_the_same_interval():
    visits = crowd(3, 45, 0.8)
    one, two, other = (drift(visits, WEEKS, 10, seed) for seed in (1, 1, 2))
    assert one and two and other
    assert one.speed_low == two.speed_low != other.speed_low


def test_a_corridor_joins_what_fades_to_what_rises():
    fading, rising = (h3.latlng_to_cell(at, -73.95, 8) for at in (40.70, 40.74))
    cells = corridor([fading], [rising])
    assert set(h3.grid_path_cells(fading, rising)) < set(cells)
    assert set(h3.grid_disk(rising, 1)) < set(cells)
    assert corridor([], [rising]) == corridor([fading], []) == []
