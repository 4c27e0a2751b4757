"""Hot spots of a made city: what rises and falls is found, and chance is not."""

from __future__ import annotations

import h3
import numpy as np
import pandas as pd
import pytest

from models_ml.patterns.spatial.contracts import HOT_SPOTS
from models_ml.patterns.spatial.emerging import Counted, hot_spots
from models_ml.patterns.spatial.grid import Grid

CELLS = sorted(h3.grid_disk(h3.latlng_to_cell(40.74, -73.98, 8), 5))
GRID = Grid(8, 1, 56)


def counted(cube: np.ndarray, name: str = "check_in") -> Counted:
    """Counts of ``cube`` [cells, bins]; bins of fewer than ten events count as nothing."""
    rows, bins = np.nonzero(cube >= 10)
    counts = pd.DataFrame(
        {"cell": [CELLS[row] for row in rows], "bin": bins, "events": cube[rows, bins]}
    )
    return Counted(name, GRID, counts.assign(cell_people=37), CELLS)


def city(seed: int) -> np.ndarray:
    """Steady activity, busier in some cells than in others."""
    rng = np.random.default_rng(seed)
    return rng.poisson(rng.gamma(4.0, 5.0, (len(CELLS), 1)), (len(CELLS), GRID.bins))


def test_a_place_that_wakes_and_one_that_fades_are_told_by_class():
    cube = city(1)
    wakes, fades = CELLS[10], CELLS[-10]
    cube[CELLS.index(wakes)] += np.linspace(0, 400, GRID.bins).astype(int)
    cube[CELLS.index(fades)] += np.linspace(400, 0, GRID.bins).astype(int)
    table = hot_spots([counted(cube)]).set_index("cell")
    assert table.loc[wakes, "class"] == "intensifying_hot"
    assert table.loc[fades, "class"] == "historical_hot"
    assert table.loc[wakes, "trend"] > 0.5 and table.loc[fades, "trend"] < -0.5
    assert (table.loc[[wakes, fades], "q_value"] < 1e-3).all()
    assert table.loc[wakes, "z_last"] > 2.5


def test_a_place_that_is_always_busy_is_persistent_and_no_claim():
    cube = city(2)
    cube[3] += 500
    row = hot_spots([counted(cube)]).set_index("cell").loc[CELLS[3]]
    assert row["class"] == "persistent_hot"
    assert row["q_value"] > 0.05


def test_of_twenty_steady_cities_at_most_three_claim_a_change():
    claims = [(hot_spots([counted(city(seed))])["q_value"] < 0.05).any() for seed in range(20)]
    assert sum(claims) <= 3


def test_only_cells_with_k_people_have_a_row_and_only_their_events_count():
    cube = np.full((len(CELLS), GRID.bins), 9)
    cube[5, ::2] = 12
    table = hot_spots([counted(cube)])
    assert table["cell"].tolist() == [CELLS[5]]
    assert table.loc[0, "n_events"] == 12 * 28
    assert table.loc[0, "n_people"] == 37
    assert table.loc[0, ["resolution", "bin_days", "n_bins"]].tolist() == [8, 1, 56]


def test_q_values_are_over_all_types_together():
    cube = city(3)
    one, two = hot_spots([counted(cube)]), hot_spots([counted(cube, "a"), counted(cube, "b")])
    assert two["event_type"].unique().tolist() == ["a", "b"]
    assert two.loc[two["event_type"] == "a", "p_value"].tolist() == one["p_value"].tolist()
    assert two.loc[two["event_type"] == "a", "q_value"].tolist() == pytest.approx(
        one["q_value"].tolist()
    )


@pytest.mark.parametrize("nothing", [[], [counted(np.zeros((len(CELLS), GRID.bins)))]])
def test_nothing_counted_is_an_empty_table_with_all_columns(nothing):
    table = hot_spots(nothing)
    assert len(table) == 0
    assert table.dtypes.astype(str).to_dict() == HOT_SPOTS.types
