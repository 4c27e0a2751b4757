"""The map: resolution that can be read, classes of density, and rings the right way round."""

from __future__ import annotations

import h3
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stevo_dagster.reports import maps


def spread(kilometres: float, points: int, people: int = 12) -> pd.DataFrame:
    """Visits of ``people`` people to each of random points in a square of this side."""
    rng = np.random.default_rng(0)
    degrees = rng.uniform(0, kilometres / maps.KM_A_DEGREE, (points, 2))
    cells = [h3.latlng_to_cell(45 + lat, 9 + lon, 9) for lat, lon in degrees]
    rows = [(cell, user, 1) for cell in sorted(set(cells)) for user in range(people)]
    return pd.DataFrame(rows, columns=["h3_r9", "user_id", "events"])


@pytest.mark.parametrize(("kilometres", "finest"), [(5, 9), (40, 8), (300, 6), (1500, 4)])
def test_hexagons_grow_with_the_country(kilometres, finest):
    cells = maps.map_cells(spread(kilometres, 300), 10)
    assert abs(cells["resolution"].max() - finest) <= 1
    assert len(cells) <= maps.MAX_CELLS
    assert cells["events"].sum() == spread(kilometres, 300)["events"].sum()


def test_density_is_events_by_area():
    cells = maps.map_cells(spread(1, 1), 10)
    row = cells.iloc[0]
    assert row["density"] == pytest.approx(12 / h3.cell_area(row["cell"], unit="km^2"))


def test_far_cells_do_not_squeeze_the_frame():
    near = spread(5, 200)
    far = pd.DataFrame({"h3_r9": h3.latlng_to_cell(60, 30, 9), "user_id": range(12), "events": 1})
    cells = maps.map_cells(pd.concat([near, far]), 10)
    west, south, east, north = maps.frame_of(cells)
    assert north - south < 0.1 and east - west < 0.2
    assert len(maps.in_frame(cells)) < len(cells)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(0.001, 1e7), min_size=1, max_size=200))
def test_classes_cover_every_density(values):
    breaks = maps.density_breaks(pd.Series(values))
    labels = maps.class_labels(breaks)
    assert breaks == sorted(set(breaks)) and 1 <= len(breaks) <= 5
    assert len(set(labels)) == len(labels) == len(breaks) + 1
    for value in breaks:
        assert float(f"{value:e}".split("e")[0]) in (1, 2, 5)


def test_rings_run_clockwise_and_close():
    spec = maps.hexagon_map(maps.map_cells(spread(3, 40), 10)).to_dict()
    features = spec["layer"][0]["data"]["values"]
    assert len(features) > 10
    for feature in features:
        ring = np.array(feature["geometry"]["coordinates"][0])
        assert (ring[0] == ring[-1]).all()
        x, y = ring[:, 0], ring[:, 1]
        assert np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) < 0
