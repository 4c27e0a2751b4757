"""Does a hot area wander? Direction and speed of its centre over the weeks, with intervals.

Belongs here: which cells a wandering area may lie in, its centre week by week, and the bootstrap
over people. Does not belong here: which cells rise or fall (``emerging.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import h3
import numpy as np
import pandas as pd
from scipy import sparse

Floats = np.ndarray
KM_A_DEGREE = 111.195
DRAWS, SHUFFLES = 499, 999
# fewer have too few orders for a p below 0.05 to mean much
MIN_WEEKS = 6
# standard deviations of a Poisson count
CLEARLY = 3.0
SUPPORTED = 0.05


@dataclass(frozen=True)
class Drift:
    """A supported drift: bearing in degrees from north, speed in km a week, 95% intervals.

    ``bearing_low`` and ``bearing_high`` may leave 0..360, so that low is below high. ``centres``
    are latitude and longitude of each week [weeks, 2]; ``people`` stand behind it.
    """

    bearing: float
    bearing_low: float
    bearing_high: float
    speed: float
    speed_low: float
    speed_high: float
    p_value: float
    centres: Floats
    people: int


def corridor(fading: Sequence[str], rising: Sequence[str]) -> list[str]:
    """The cells a hot spot crosses from places that fade to places that rise, and their neighbours.

    Empty where nothing fades or nothing rises. All cells have one resolution.
    """
    on_the_way = {
        cell for start in fading for end in rising for cell in h3.grid_path_cells(start, end)
    }
    return sorted({near for cell in on_the_way for near in h3.grid_disk(cell, 1)})


def drift(visits: pd.DataFrame, weeks: int, k: int, seed: int = 0) -> Drift | None:
    """The drift of the centre of what each cell has clearly beyond its quietest week.

    Args:
        visits: user_id, cell, week (0 is the oldest), events, of the cells of one ``corridor``.
        weeks: their number; fewer than six show no drift.
        k: cells and weeks of fewer distinct people count as empty.
        seed: of the bootstrap.

    Returns:
        None where no drift is supported: of shuffled weeks at least one in twenty gives as great a
        speed.

    What always is at a place does not move the centre. Noise beyond that pulls it to the middle, so
    the speed is rather too low than too high. The intervals are over people: had others been seen,
    would the centre have gone the same way?
    """
    known = visits[visits.groupby(["cell", "week"])["user_id"].transform("nunique") >= k]
    if weeks < MIN_WEEKS or not len(known):
        return None
    person, people = pd.factorize(known["user_id"])
    place, cells = pd.factorize(known["cell"], sort=True)
    slot = place * weeks + known["week"].to_numpy(dtype=np.int64)
    shape = (len(people), len(cells) * weeks)
    by_person = sparse.csr_array((known["events"].to_numpy(dtype=float), (person, slot)), shape)
    where = np.array([h3.cell_to_latlng(cell) for cell in cells])
    middle = where.mean(axis=0)
    scale = KM_A_DEGREE * np.array([1.0, np.cos(np.radians(middle[0]))])
    km = (where - middle) * scale

    rng = np.random.default_rng(seed)
    draws = rng.multinomial(len(people), np.full(len(people), 1 / len(people)), DRAWS)
    resampled = draws.astype(float) @ by_person
    drawn = np.stack([slope(_centres(one.reshape(-1, weeks), km)) for one in resampled])
    centres = _centres(np.asarray(by_person.sum(axis=0)).reshape(-1, weeks), km)
    velocity = slope(centres)
    p_value = order_p_value(centres, rng)
    if not p_value < SUPPORTED:
        return None
    bearing = float(np.degrees(np.arctan2(velocity[1], velocity[0])) % 360)
    turned = (np.degrees(np.arctan2(drawn[:, 1], drawn[:, 0])) - bearing + 180) % 360 - 180
    low, high = np.quantile(turned, [0.025, 0.975])
    speeds = np.quantile(np.hypot(*drawn.T), [0.025, 0.975])
    return Drift(
        bearing,
        bearing + float(low),
        bearing + float(high),
        float(np.hypot(*velocity)),
        float(speeds[0]),
        float(speeds[1]),
        p_value,
        middle + centres / scale,
        len(people),
    )


def _centres(counts: Floats, km: Floats) -> Floats:
    """The centre of each week's excess [weeks, 2], in km north and east."""
    quiet = counts.min(axis=1, keepdims=True)
    excess = np.maximum(counts - quiet - CLEARLY * np.sqrt(quiet), 0.0)
    mass = excess.sum(axis=0)
    centre = np.divide(
        excess.T @ km, mass[:, None], out=np.full((len(mass), 2), np.nan), where=mass[:, None] > 0
    )
    # a week without excess stands where the others do on average
    return (
        np.where(np.isnan(centre), np.nanmean(centre, axis=0), centre)
        if mass.any()
        else np.zeros_like(centre)
    )


def slope(centres: Floats, weeks: Floats | None = None) -> Floats:
    """Kilometres a week to the north and east [..., 2], of centres [..., weeks, 2]: least squares.

    ``weeks`` are the weeks' numbers, where some are missing.
    """
    at = np.arange(centres.shape[-2]) if weeks is None else weeks
    week = at - at.mean()
    return np.asarray(np.einsum("w,...wx->...x", week, centres) / (week @ week))


def order_p_value(centres: Floats, rng: np.random.Generator, weeks: Floats | None = None) -> float:
    """Of no order in time: how often shuffled weeks give as great a speed."""
    orders = rng.permuted(np.tile(np.arange(len(centres)), (SHUFFLES, 1)), axis=1)
    speed = np.hypot(*slope(centres, weeks)) * (1 - 1e-9)
    shuffled = np.hypot(*slope(centres[orders], weeks).T)
    return float((1 + np.sum(shuffled >= speed)) / (1 + SHUFFLES))
