"""The one definition of a rank.  Every metric, benchmark and test of the library uses these two
functions.

The rank of a target is 1 + (places scored higher) + half the other places scored equal: ties
count at their expected rank, so a constant score cannot look good.  A score that is not finite is
an error, never a rank.
"""

from __future__ import annotations

import numpy as np

from models_ml.errors import ModelError


def checked(scores: np.ndarray) -> np.ndarray:
    """The scores as float64; raises `ModelError` on a NaN or an infinity."""
    exact = np.asarray(scores, dtype=np.float64)
    if not np.isfinite(exact).all():
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
    above = (exact > own).sum(axis=1)
    equal = (exact == own).sum(axis=1)
    return 1.0 + above + (equal - 1) / 2.0


def top(scores: np.ndarray, k: int) -> np.ndarray:
    """Codes of the k best candidates of each row, best first, equal scores by lower code; (rows,
    min(k, candidates)).
    """
    exact = checked(scores)
    k = min(k, exact.shape[1])
    if k < exact.shape[1]:
        edge = -np.partition(-exact, k - 1, axis=1)[:, k - 1 : k]
        exact = np.where(exact >= edge, exact, -np.inf)
    if exact.shape[1] <= 64 or k == exact.shape[1]:
        return np.argsort(-exact, axis=1, kind="stable")[:, :k]
    result = np.empty((len(exact), k), dtype=np.int64)
    for index, row in enumerate(exact):
        kept = np.flatnonzero(row > -np.inf)
        result[index] = kept[np.argsort(-row[kept], kind="stable")[:k]]
    return result
