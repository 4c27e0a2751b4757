"""The map: resolution that can be read, classes of density, and rings the right way round."""

from __future__ import annotations

import h3
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stevo_dagster.reports import maps
from stevo_dagster.reports.language import Say


def spread(kilometres: float, points: int, weeks: int = 2) -> pd.DataFrame:
    """Groups of 12 people a week in random cells of a square of this side."""
    rng = np.random.default_rng(0)
    degrees = rng.uniform(0, kilometres / maps.KM_A_DEGREE, (points, 2))
    cells = sorted({h3.latlng_to_cell(45 + lat, 9 + lon, 9) for lat, lon in degrees})
    return groups(cells, weeks)


def groups(cells: list[str], weeks: int = 1) -> pd.DataFrame:
    """``activity_cells`` with 12 people in each cell and week."""
    first = pd.Timestamp("2024-03-04")
    rows = [(cell, first + pd.Timedelta(weeks=week)) for cell in cells for week in range(weeks)]
    frame = pd.DataFrame(rows, columns=["cell", "first_day"])
    same = {"event_type": "click", "resolution": 9, "days": 7, "events": 12, "users": 12}
    return frame.assign(**same)


def whole(cells: pd.DataFrame) -> pd.DataFrame:
    """The cells over all the time."""
    return cells[cells["period"] == maps.EVERY]


@pytest.mark.parametrize(("kilometres", "finest"), [(5, 9), (40, 8), (300, 6), (1500, 4)])
def test_hexagons_grow_with_the_country(kilometres, finest):
    cells = whole(maps.map_cells(spread(kilometres, 300)))
    assert abs(cells["resolution"].max() - finest) <= 1
    assert len(cells) <= maps.MAX_CELLS
    assert cells["events"].sum() == spread(kilometres, 300)["events"].sum()


def test_density_is_events_by_area_and_week():
    cells = maps.map_cells(spread(1, 1, weeks=3))
    assert set(cells["period"]) == {"2024-03-04", "2024-03-11", "2024-03-18", maps.EVERY}
    for row in cells.to_dict("records"):
        assert row["density"] == pytest.approx(12 / h3.cell_area(row["cell"], unit="km^2"))


def test_far_cells_do_not_squeeze_the_frame():
    far = groups([h3.latlng_to_cell(60, 30, 9)])
    cells = whole(maps.map_cells(pd.concat([spread(5, 200), far])))
    _, south, _, north = maps.frame_of(cells)
    assert north - south < 0.1
    assert len(maps.in_frame(cells)) < len(cells)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(0.001, 1e7), min_size=1, max_size=200))
def test_classes_cover_every_density(values):
    breaks = maps.density_breaks(pd.Series(values))
    labels = maps.class_labels(breaks, Say())
    assert breaks == sorted(set(breaks)) and 1 <= len(breaks) <= 5
    assert len(set(labels)) == len(labels) == len(breaks) + 1
    for value in breaks:
        assert float(f"{value:e}".split("e")[0]) in (1, 2, 5)


def test_rings_run_clockwise_and_close():
    spec = maps.density_map(maps.map_cells(spread(3, 40)), Say()).to_dict()
    features = spec["layer"][0]["data"]["values"]
    assert len(features) > 10
    for feature in features:
        ring = np.array(feature["geometry"]["coordinates"][0])
        assert (ring[0] == ring[-1]).all()
        x, y = ring[:, 0], ring[:, 1]
        assert np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) < 0
