"""Gi*: is there more around a cell than places by chance would give?

Belongs here: the statistic in closed form. Does not belong here: what its change over time is
called (``emerging.py``).

Source: J. K. Ord, A. Getis (1995), "Local spatial autocorrelation statistics: distributional issues
and an application", Geographical Analysis 27(4), eq. 5 with star; as
``esda.G_Local(..., transform="B", star=True).Zs``.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

Floats = np.ndarray


def gi_star(counts: Floats, weights: sparse.csr_array) -> Floats:
    """Gi* as standard scores [cells, bins]; each bin is compared with its own mean over the cells.

    Args:
        counts: of each cell in each bin [cells, bins].
        weights: binary weights that hold each cell itself (``ring_weights(itself=True)``).

    Returns:
        Standard scores; 0 in a bin where all cells have the same count.
    """
    n = len(counts)
    if n < 2:
        return np.zeros(counts.shape)
    mean = counts.mean(axis=0)
    spread = counts.std(axis=0)
    neighbours = np.asarray(weights.sum(axis=1), dtype=float).ravel()[:, None]
    # of binary weights the sum of squares is the sum
    scale = np.sqrt(np.maximum(n * neighbours - neighbours**2, 0.0) / (n - 1))
    excess = weights @ counts - neighbours * mean
    # constant counts leave a spread of rounding errors alone
    spread = np.where(spread > 1e-12 * np.abs(mean), spread, 0.0)
    return np.divide(excess, spread * scale, out=np.zeros_like(excess), where=spread * scale > 0)
