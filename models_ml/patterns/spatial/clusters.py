"""The published table ``clusters``: where people gather, week by week, and where that moves.

Belongs here: clusters of one week, and their rows. Does not belong here: whether a cluster drifts
for good (``cluster_drift.py``).

Source: M. Ester, H.-P. Kriegel, J. Sander, X. Xu (1996), "A density-based algorithm for discovering
clusters in large spatial databases with noise", KDD; ``sklearn.cluster.DBSCAN`` with people as
weights, the same as with a point for each of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import h3
import numpy as np
import pandas as pd
from sklearn.cluster import DBSCAN

from models_ml.patterns.spatial.contracts import CLUSTERS
from models_ml.patterns.spatial.drift import KM_A_DEGREE
from models_ml.patterns.stable_ids import stable_ids

EARTH_KM = 6371.0088
# reaches the cells around one of resolution 9, and half of those around them
NEAR_KM = 0.6
# of a week's people, as many within reach make a cell part of a cluster
CROWD = 0.1


@dataclass(frozen=True)
class Clustered:
    """``members``: the visits (week, cell, person) that lie in a cluster, with its number, and
    ``latitude`` and ``longitude`` of the cell's centre. ``visits``: all visits by week."""

    members: pd.DataFrame
    visits: pd.Series


def find_clusters(visits: pd.DataFrame, k: int) -> Clustered:
    """The clusters of each week, numbered alike over the weeks.

    Args:
        visits: week, cell (H3, resolution 9) and person, each triple once.
        k: clusters of fewer distinct people are none.
    """
    cells, place = np.unique(visits["cell"].to_numpy(dtype=str), return_inverse=True)
    where = np.array([h3.cell_to_latlng(cell) for cell in cells]).reshape(-1, 2)
    located = visits.assign(latitude=where[place, 0], longitude=where[place, 1])
    parts = [_of_one_week(part, k) for _, part in located.groupby("week", sort=True)]
    groups = [
        [_shares(one) for _, one in part.groupby("cluster", sort=True)] for part in parts
    ]  # fmt: skip
    numbered = [
        part.assign(cluster=np.array(ids, dtype=np.int64)[part["cluster"]])
        for part, ids in zip(parts, stable_ids(groups), strict=True)
        if ids
    ]
    members = pd.concat(numbered) if numbered else located.head(0).assign(cluster=0)
    return Clustered(members.reset_index(drop=True), visits.groupby("week").size())


def clusters(found: Clustered) -> pd.DataFrame:
    """One row a week and cluster, columns of ``contracts.CLUSTERS``."""
    rows: list[dict[str, Any]] = []
    before: dict[Any, np.ndarray] = {}
    for key, part in found.members.groupby(["week", "cluster"], sort=True):
        week, cluster = cast("tuple[pd.Timestamp, int]", key)
        where = part[["latitude", "longitude"]].to_numpy()
        centre = where.mean(axis=0)
        metres = np.hypot(*kilometres(where, centre).T)
        rows.append(
            {
                "week": week,
                "cluster": cluster,
                "latitude": centre[0],
                "longitude": centre[1],
                "radius_km": float(np.sqrt(np.mean(metres**2))),
                "reach_km": float(metres.max()),
                "n_cells": part["cell"].nunique(),
                "n_people": part["person"].nunique(),
                "n_visits": len(part),
                "share": len(part) / found.visits[week],
                **_step(before.get((week - pd.Timedelta(days=7), cluster)), centre),
            }
        )
        before[week, cluster] = centre
    return CLUSTERS.table(rows)


def kilometres(where: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Kilometres north and east [n, 2] of a centre, on the plane that touches there."""
    scale = KM_A_DEGREE * np.array([1.0, np.cos(np.radians(centre[0]))])
    return (where - centre) * scale


def _of_one_week(visits: pd.DataFrame, k: int) -> pd.DataFrame:
    """The visits of one week that lie in a cluster of k people, with its place among them."""
    cells = visits.groupby("cell").agg(
        latitude=("latitude", "first"), longitude=("longitude", "first"), people=("person", "size")
    )
    least = max(k, round(CROWD * visits["person"].nunique()))
    search = DBSCAN(
        eps=NEAR_KM / EARTH_KM, min_samples=least, metric="haversine", algorithm="ball_tree"
    )
    search.fit(np.radians(cells[["latitude", "longitude"]]), sample_weight=cells["people"])
    labels = pd.Series(search.labels_, index=cells.index)
    member = visits.assign(cluster=labels[visits["cell"]].to_numpy())
    member = member[member["cluster"] >= 0]
    member = member[member.groupby("cluster")["person"].transform("nunique") >= k]
    return member.assign(cluster=pd.factorize(member["cluster"], sort=True)[0])


def _shares(cluster: pd.DataFrame) -> dict[Any, float]:
    """Members of a cluster as ``stable_ids`` takes them: visits by coarse cell, so that the same
    place is not another one because its people were next door."""
    coarse = cluster["cell"].map(lambda cell: h3.cell_to_parent(cell, 8))
    return {cell: float(count) for cell, count in coarse.value_counts(sort=False).items()}


def _step(before: np.ndarray | None, centre: np.ndarray) -> dict[str, float]:
    """How the centre moved since the week before."""
    if before is None:
        return {}
    north, east = kilometres(centre, before)
    bearing = float(np.degrees(np.arctan2(east, north)) % 360)
    return {"moved_km": float(np.hypot(north, east)), "bearing": bearing}
