"""The one definition of a rank.  Every metric, benchmark and test of the library uses these two
functions.

The rank of a target is 1 + (places scored higher) + half the other places scored equal: ties
count at their expected rank, so a constant score cannot look good.  A score that is not finite is
an error, never a rank.
"""

from __future__ import annotations

import numpy as np

from models_ml.errors import ModelError

# Rows of which a cache holds what each comparison says.
COMPARED = 16


def checked(scores: np.ndarray) -> np.ndarray:
    """The scores, in single precision where they are, else float64; raises `ModelError` on a NaN
    or an infinity.
    """
    exact = np.asarray(scores)
    if exact.dtype != np.float32:
        exact = exact.astype(np.float64, copy=False)
    if exact.size and not np.isfinite([exact.min(), exact.max()]).all():
        rows = np.flatnonzero(~np.isfinite(exact).all(axis=-1))
        raise ModelError(
            f"{len(rows)} of {len(exact)} rows of scores hold a value that is not finite",
            where="rank",
        )
    return exact


def expected_ranks(scores: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Rank of each row's target code (1 = best), float64 (rows,); scores are (rows, candidates)."""
    exact = checked(scores)
    own = exact[np.arange(len(exact)), target][:, None]
    ranks = np.empty(len(exact))
    for low in range(0, len(exact), COMPARED):
        part = slice(low, low + COMPARED)
        above, equal = _counts(exact[part] > own[part]), _counts(exact[part] == own[part])
        ranks[part] = 1.0 + above + (equal - 1) / 2.0
    return ranks


def _counts(is_so: np.ndarray) -> np.ndarray:
    """How many are true in each row; row by row, as numpy counts along an axis four times slower
    than within one.
    """
    return np.array([np.count_nonzero(row) for row in is_so])


def top(scores: np.ndarray, k: int) -> np.ndarray:
    """Codes of the k best candidates of each row, best first, equal scores by lower code; (rows,
    min(k, candidates)).
    """
    exact = checked(scores)
    width = exact.shape[1]
    k = min(k, width)
    if width <= 64 or k == width:
        return np.argsort(-exact, axis=1, kind="stable")[:, :k]
    edges = np.partition(exact, width - k, axis=1)[:, width - k]
    result = np.empty((len(exact), k), dtype=np.int64)
    for row, edge, kept in zip(exact, edges, result, strict=True):
        above = np.flatnonzero(row > edge)
        kept[: len(above)] = above[np.argsort(-row[above], kind="stable")]
        kept[len(above) :] = np.flatnonzero(row == edge)[: k - len(above)]
    return result
