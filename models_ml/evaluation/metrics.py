"""Metrics of ranked answers, one value an instance, and their intervals over users.

Here belong closed formulas over ranks and lists, and the bootstrap.  Which instances and models
are measured is the business of `evaluate`; what a rank is, of `rank`.
"""

from __future__ import annotations

import numpy as np

CUTOFFS = (1, 5, 10, 20)


def per_instance(ranks: np.ndarray, cutoffs: tuple[int, ...] = CUTOFFS) -> dict[str, np.ndarray]:
    """Each metric's value per instance, for exactly one relevant place an instance.

    With one relevant place: recall@k = acc@k = hit, precision@k = hit / k, F1@k = 2 hit / (k + 1),
    NDCG@k = hit / log2(rank + 1), MRR = 1 / rank.
    """
    values: dict[str, np.ndarray] = {}
    for k in cutoffs:
        hit = (ranks <= k).astype(float)
        values[f"acc@{k}"] = hit
        values[f"precision@{k}"] = hit / k
        values[f"recall@{k}"] = hit
        values[f"f1@{k}"] = 2.0 * hit / (k + 1)
        values[f"ndcg@{k}"] = hit / np.log2(ranks + 1.0)
    values["mrr"] = 1.0 / ranks
    return values


def coverage(tops: np.ndarray, catalogue: int) -> float:
    """Share of the catalogue that appears in at least one list; tops are (instances, k) codes."""
    return len(np.unique(tops)) / catalogue if catalogue else 0.0


def diversity(tops: np.ndarray, category: np.ndarray) -> float:
    """Mean share of pairs within a list that differ in category (0 = all alike); a list of one
    has none, so NaN.

    `category[item]` is a code; places without one (-1) count as one category.
    """
    k = tops.shape[1]
    if k < 2 or not len(tops):
        return float("nan")
    codes = np.sort(category[tops], axis=1)
    owner = np.repeat(np.arange(len(codes)), k)
    pair_key = owner * (int(category.max(initial=0)) + 2) + codes.ravel() + 1
    sizes = np.unique(pair_key, return_counts=True)[1]
    alike = float((sizes * (sizes - 1)).sum())
    return 1.0 - alike / (len(codes) * k * (k - 1))


def ece(confidence: np.ndarray, correct: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error: how far claimed confidence lies from accuracy, 0 (none) to 1.

    Sum over bins of |mean correct - mean confidence|, weighted by the bins' sizes, for the
    confidence (n,) of each first answer and whether it was right.  Guo et al. (2017), On
    Calibration of Modern Neural Networks, eq. 3, with bins of equal mass in place of equal
    width (Nguyen and O'Connor, 2015), so that none is nearly empty.  Instances of one
    confidence share their mean, so their order changes nothing.  NaN without an instance.
    """
    if not len(confidence):
        return float("nan")
    values, inverse, sizes = np.unique(confidence, return_inverse=True, return_counts=True)
    share = np.bincount(inverse, weights=correct) / sizes
    gaps = np.repeat(share - values, sizes)
    return float(sum(abs(part.sum()) for part in np.array_split(gaps, bins)) / len(gaps))


def resample(
    users: np.ndarray, *, rounds: int = 1_000, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Bootstrap over users: (user index of each instance, weight of each user per round (rounds,
    users)).
    """
    ids = np.unique(users, return_inverse=True)[1]
    count = int(ids.max()) + 1 if len(ids) else 0
    draws = np.random.default_rng(seed).multinomial(
        count, np.full(count, 1.0 / max(count, 1)), size=rounds
    )
    return ids, draws.astype(float)


def intervals(
    values: np.ndarray, ids: np.ndarray, draws: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """95% intervals of the means of `values` (instances, metrics), drawn over users; (low, high)
    each (metrics,).
    """
    users = draws.shape[1]
    sums = np.stack(
        [np.bincount(ids, weights=column, minlength=users) for column in values.T], axis=1
    )
    sizes = np.bincount(ids, minlength=users).astype(float)
    means = (draws @ sums) / np.maximum(draws @ sizes, 1e-12)[:, None]
    low, high = np.quantile(means, [0.025, 0.975], axis=0)
    return low, high
