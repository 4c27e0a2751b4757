"""Does the centre of a cluster drift? Speed and bearing over its weeks, with intervals.

Belongs here: the path of one cluster's centre and its bootstrap over people. Does not belong here:
finding clusters (``clusters.py``) or crowds that no cluster holds (``drift.py``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from models_ml.patterns.spatial.clusters import kilometres
from models_ml.patterns.spatial.drift import DRAWS, MIN_WEEKS, order_p_value, slope


@dataclass(frozen=True)
class ClusterDrift:
    """Of one cluster: km a week and degrees from north with 95% intervals, the p-value of no order
    in time, weeks and people. ``bearing_low`` and ``bearing_high`` may leave 0..360."""

    cluster: int
    speed: float
    speed_low: float
    speed_high: float
    bearing: float
    bearing_low: float
    bearing_high: float
    p_value: float
    weeks: int
    people: int


def cluster_drifts(members: pd.DataFrame, seed: int = 0) -> list[ClusterDrift]:
    """The drift of each cluster that lasted at least ``MIN_WEEKS``, by number.

    Args:
        members: ``Clustered.members``.
        seed: of the bootstrap and the shuffles.

    The line goes through the centres by least squares. Intervals: had others been seen, would the
    centre have gone the same way? They take the cluster's cells as given. The speed's interval
    cannot hold 0, so whether there is a drift is the p-value's to say: how often the same centres
    in another order are as fast.
    """
    rng = np.random.default_rng(seed)
    return [
        _one(int(str(number)), part, rng)
        for number, part in members.groupby("cluster", sort=True)
        if part["week"].nunique() >= MIN_WEEKS
    ]


def _one(number: int, part: pd.DataFrame, rng: np.random.Generator) -> ClusterDrift:
    """The drift of one cluster."""
    where = part[["latitude", "longitude"]].to_numpy()
    km = kilometres(where, where.mean(axis=0))
    person, people = pd.factorize(part["person"])
    week = ((part["week"] - part["week"].min()) // pd.Timedelta(days=7)).to_numpy(dtype=np.int64)
    seen, column = np.unique(week, return_inverse=True)
    shape = (len(people), len(seen))
    sums = [
        sparse.csr_array((values, (person, column)), shape)
        for values in (np.ones(len(part)), km[:, 0], km[:, 1])
    ]
    draws = rng.multinomial(len(people), np.full(len(people), 1 / len(people)), DRAWS)
    everyone = np.ones((1, len(people)))
    centres = _centres(everyone, sums)[0]
    velocity = slope(centres, seen)
    drawn = slope(_centres(draws.astype(float), sums), seen)
    bearing = float(np.degrees(np.arctan2(velocity[1], velocity[0])) % 360)
    turned = (np.degrees(np.arctan2(drawn[:, 1], drawn[:, 0])) - bearing + 180) % 360 - 180
    low, high = np.quantile(turned, [0.025, 0.975])
    slow, fast = np.quantile(np.hypot(*drawn.T), [0.025, 0.975])
    return ClusterDrift(
        number,
        float(np.hypot(*velocity)),
        float(slow),
        float(fast),
        bearing,
        bearing + float(low),
        bearing + float(high),
        order_p_value(centres, rng, seen),
        len(seen),
        len(people),
    )


def _centres(draws: np.ndarray, sums: list[sparse.csr_array]) -> np.ndarray:
    """The centre of each week under each draw of people [draws, weeks, 2], in km."""
    mass, north, east = (draws @ one for one in sums)
    # a draw without anybody of a week leaves that week at the cluster's own centre
    known = np.where(mass > 0, mass, 1.0)
    return np.stack([north / known, east / known], axis=-1)
