"""How much of a user's life happens around a candidate place: what makes a new place likely.

Here belong distances from the candidate to the places the user has been to.  Distances to single
places (current, home) are `features`'.
"""

from __future__ import annotations

import numpy as np

from models_ml.data.sequences import EARTH_RADIUS_M
from models_ml.data.wide import Candidates
from models_ml.ranker.past import Past

PLACES = 40
NEAR_KM, FAR_KM = 0.3, 2.0
EARTH_KM = EARTH_RADIUS_M / 1_000.0


def nearby(past: Past, found: Candidates) -> dict[str, np.ndarray]:
    """Columns by name, each of (pairs,): the user's visits weighed by exp(-distance), and the
    logarithm of the kilometres to the nearest known place (0 for a known one).

    Only the `PLACES` places visited last count; NaN where the candidate has no coordinates or the
    user no such place.
    """
    points, visits = known_points(past)
    corpus = past.corpus
    there = _points(corpus.item_latitude[found.item], corpus.item_longitude[found.item])
    # Coordinate by coordinate, so that a distance has the same bits whatever is asked beside it.
    squares = sum(
        (there[:, axis, None] - points[found.query][:, :, axis]) ** 2 for axis in range(3)
    )
    away = np.where(np.isfinite(squares), np.sqrt(squares), np.inf)
    weight = visits[found.query]
    nearest = away.min(axis=1)
    unknown = ~np.isfinite(nearest)
    columns = {
        "visits_near": np.log1p((weight * np.exp(-away / NEAR_KM)).sum(axis=1)),
        "visits_around": np.log1p((weight * np.exp(-away / FAR_KM)).sum(axis=1)),
        "nearest_known": np.log1p(np.where(unknown, 0.0, nearest)),
    }
    return {name: np.where(unknown, np.nan, values) for name, values in columns.items()}


def known_points(past: Past) -> tuple[np.ndarray, np.ndarray]:
    """Points in km from the middle of the earth (queries, PLACES, 3) and visits (queries, PLACES)
    of the places each user visited last; NaN and 0 where there are fewer.
    """
    corpus, pairs = past.corpus, past.pairs
    size = len(corpus.items)
    keys, inverse, counts = np.unique(
        pairs.query * size + corpus.item[pairs.row], return_inverse=True, return_counts=True
    )
    lag = np.full(len(keys), len(corpus), dtype=np.int64)
    np.minimum.at(lag, inverse, pairs.lag)
    order = np.lexsort((lag, keys // size))
    query, item = (keys // size)[order], (keys % size)[order]
    nth = np.arange(len(query)) - np.searchsorted(query, query, side="left")
    kept = nth < PLACES
    points = np.full((len(past.queries), PLACES, 3), np.nan)
    visits = np.zeros((len(past.queries), PLACES))
    at = query[kept], nth[kept]
    points[at] = _points(corpus.item_latitude[item[kept]], corpus.item_longitude[item[kept]])
    visits[at] = counts[order][kept]
    return points, visits


def _points(latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    lat, lon = np.radians(latitude), np.radians(longitude)
    return EARTH_KM * np.stack(
        [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1
    )
