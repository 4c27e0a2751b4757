"""Moran's I: are busy places beside busy ones?

Belongs here: the global statistic with its permutation test. Does not belong here: which cell it is
that stands out (``getis_ord.py``).

Source: P. A. P. Moran (1950), "Notes on continuous stochastic phenomena", Biometrika 37; values as
``esda.Moran(..., transformation="r").I``.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from models_ml.patterns.spatial.rings import row_standardised

SHUFFLES = 999


def moran(values: np.ndarray, weights: sparse.csr_array, seed: int = 0) -> tuple[float, float]:
    """Global Moran's I of each cell's value, and its two-sided p-value.

    Args:
        values: of each cell [n].
        weights: binary weights without the cells themselves (``ring_weights``).
        seed: of the shuffles: where would the same values lie if places did not matter?

    Returns:
        (0, 1) where all values are equal or no cell has a neighbour.
    """
    standard = row_standardised(weights)
    total = float(standard.sum())
    away = values - values.mean()
    if total == 0 or not np.any(away):
        return 0.0, 1.0
    scale = len(values) / total / float(away @ away)
    rng = np.random.default_rng(seed)
    orders = rng.permuted(np.tile(away, (SHUFFLES, 1)), axis=1)
    found = scale * float(away @ (standard @ away))
    chance = scale * np.einsum("ij,ji->i", orders, standard @ orders.T)
    expected = -1 / (len(values) - 1)
    as_far = np.sum(np.abs(chance - expected) >= abs(found - expected) - 1e-12)
    return found, float((1 + as_far) / (1 + SHUFFLES))
