"""Planted crowds are the clusters, with one number each while they last."""

from __future__ import annotations

import h3
import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import DBSCAN

from models_ml.patterns.spatial.clusters import EARTH_KM, NEAR_KM, clusters, find_clusters
from models_ml.patterns.spatial.contracts import CLUSTERS

KM = 111.195
PLACES = {"north": (40.75, -73.98), "south": (40.68, -73.98)}


def crowds(weeks: int, *, north: int = 60, south: int = 40, step: float = 0.0) -> pd.DataFrame:
    """Visits of people around two places; the northern one moves ``step`` km east a week."""
    rng = np.random.default_rng(5)
    rows = []
    for week in range(weeks):
        day = pd.Timestamp("2024-01-01") + pd.Timedelta(days=7 * week)
        for name, people in (("north", north), ("south", south)):
            latitude, longitude = PLACES[name]
            east = step * week if name == "north" else 0.0
            for person in range(people):
                off = rng.normal(0, 0.2, 2) / KM
                along = longitude + (east / KM + off[1]) / np.cos(np.radians(latitude))
                cell = h3.latlng_to_cell(latitude + off[0], along, 9)
                rows.append({"week": day, "cell": cell, "person": f"{name}{person}"})
    return pd.DataFrame(rows).drop_duplicates()


def test_two_crowds_are_two_clusters_with_their_centres_and_people():
    table = clusters(find_clusters(crowds(3), 10))
    assert table.dtypes.astype(str).to_dict() == CLUSTERS.types
    assert table["cluster"].tolist() == [0, 1] * 3
    for number, name in enumerate(("north", "south")):
        rows = table[table["cluster"] == number]
        latitude, longitude = PLACES[name]
        assert rows["latitude"].to_numpy() == pytest.approx(latitude, abs=0.002)
        assert rows["longitude"].to_numpy() == pytest.approx(longitude, abs=0.002)
        assert (rows["radius_km"] < rows["reach_km"]).all()
    assert table["share"].between(0.2, 0.8).all()
    assert table["moved_km"].isna().tolist() == [True, True] + [False] * 4


def test_a_crowd_that_moves_keeps_its_number_and_says_which_way():
    table = clusters(find_clusters(crowds(5, step=0.15), 10))
    north = table[table["latitude"] > 40.7]
    assert north["cluster"].tolist() == [0] * 5
    assert north["moved_km"].mean() == pytest.approx(0.15, abs=0.06)
    assert north["bearing"].iloc[1:].between(20, 160).all()


def test_a_crowd_of_fewer_than_k_is_none():
    table = clusters(find_clusters(crowds(2, south=9), 10))
    assert table["cluster"].tolist() == [0, 0]
    assert len(clusters(find_clusters(crowds(2, north=9, south=9), 10))) == 0
    assert len(clusters(find_clusters(crowds(1).head(0), 10))) == 0


def test_weights_are_as_a_point_for_each_person():
    visits = crowds(1)
    members = find_clusters(visits, 10).members
    points = np.radians([h3.cell_to_latlng(cell) for cell in visits["cell"]])
    least = max(10, round(0.1 * visits["person"].nunique()))
    labels = (
        DBSCAN(eps=NEAR_KM / EARTH_KM, min_samples=least, metric="haversine").fit(points).labels_
    )
    assert set(zip(members["cell"], members["person"], strict=True)) == set(
        zip(visits["cell"][labels >= 0], visits["person"][labels >= 0], strict=True)
    )
