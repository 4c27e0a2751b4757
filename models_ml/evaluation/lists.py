"""Measures of recommended lists against the places people then went to.

Here belong closed formulas: hits, what follows from them, variety, novelty and popularity bias,
and the intervals of what is no mean over users.  Whose lists are measured, and against what, is
`recommending`'s.

`items` are lists of place codes (lists, k), -1 only at the end where a list is short.
"""

from __future__ import annotations

import numpy as np

from models_ml.recommendation.moment import Moment, apart
from models_ml.recommendation.rerank import similarity

CUTOFFS = (5, 10, 20)


def hits_of(items: np.ndarray, owner: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Whether each place of a list is relevant to its owner; (owner, place) are the relevant
    pairs, each once.
    """
    size = int(max(items.max(initial=0), place.max(initial=0))) + 1
    keys = np.arange(len(items))[:, None] * size + items
    return np.isin(keys, owner * size + place) & (items >= 0)


def accuracy(
    hits: np.ndarray, relevant: np.ndarray, cutoffs: tuple[int, ...] = CUTOFFS
) -> dict[str, np.ndarray]:
    """Each metric's value per list, (lists,); `relevant` counts the relevant places, at least 1.

    With h hits among the first k: precision = h / k (a short list's empty slots count as misses),
    recall = h / relevant, F1 their harmonic mean, hit = h > 0, MRR = 1 / rank of the first hit
    within k (0 without one), NDCG = gain 1 / log2(rank + 1) over that of min(k, relevant) hits at
    the top (Järvelin and Kekäläinen 2002).
    """
    discount = 1.0 / np.log2(np.arange(hits.shape[1]) + 2.0)
    values: dict[str, np.ndarray] = {}
    for k in cutoffs:
        head = hits[:, :k]
        count = head.sum(axis=1)
        gain = (head * discount[:k]).sum(axis=1)
        ideal = np.cumsum(1.0 / np.log2(np.arange(k) + 2.0))[np.minimum(relevant, k) - 1]
        first = np.where(count > 0, head.argmax(axis=1) + 1.0, np.inf)
        values[f"precision@{k}"] = count / k
        values[f"recall@{k}"] = count / relevant
        values[f"f1@{k}"] = 2.0 * count / (k + relevant)
        values[f"ndcg@{k}"] = gain / ideal
        values[f"mrr@{k}"] = 1.0 / first
        values[f"hit@{k}"] = (count > 0).astype(float)
    return values


def variety(
    items: np.ndarray, moment: Moment, cutoffs: tuple[int, ...] = CUTOFFS
) -> dict[str, np.ndarray]:
    """Intra-list diversity per list, (lists,), means over the pairs of a list (Ziegler et al.
    2005); NaN for lists without a pair.

    `diversity` is 1 - `rerank.similarity`, `diversity_category` the share of pairs that differ in
    category (or lack one), `diversity_km` their distance, over pairs whose places have coordinates.
    """
    category = moment.corpus.item_category[items]
    points = moment.points[items]
    one, two = np.triu_indices(items.shape[1], 1)
    both = (items[:, one] >= 0) & (items[:, two] >= 0)
    away = apart(points[:, one], points[:, two])
    differ = (category[:, one] != category[:, two]) | (category[:, one] < 0)
    unlike = 1.0 - similarity(moment, items[:, one], items[:, two])
    values: dict[str, np.ndarray] = {}
    for k in cutoffs:
        inside = both & (two < k)
        values[f"diversity@{k}"] = _mean(unlike, inside)
        values[f"diversity_category@{k}"] = _mean(differ.astype(float), inside)
        values[f"diversity_km@{k}"] = _mean(away, inside & np.isfinite(away))
    return values


def popularity_bias(
    items: np.ndarray, own: np.ndarray, moment: Moment, cutoffs: tuple[int, ...] = CUTOFFS
) -> dict[str, np.ndarray]:
    """Per list, (lists,): `novelty`, its places' mean self-information in bits; `popularity`, the
    mean share of people who know them; `popularity_lift`, that over the mean of the places the
    user knows (Abdollahpouri et al. 2019, before taking groups), 1 being no bias.

    `own` is the mean popularity of each user's own places, (lists,); NaN for empty lists.
    """
    values: dict[str, np.ndarray] = {}
    for k in cutoffs:
        head = items[:, :k]
        inside = head >= 0
        popular = _mean(moment.popularity[head], inside)
        values[f"novelty@{k}"] = _mean(moment.surprise[head], inside)
        values[f"popularity@{k}"] = popular
        values[f"popularity_lift@{k}"] = popular / own
    return values


def exposure(items: np.ndarray, ids: np.ndarray, users: int) -> np.ndarray:
    """How often each place that is on any list stands on each user's lists, (users, places)."""
    inside = items >= 0
    places, column = np.unique(items[inside], return_inverse=True)
    owner = np.broadcast_to(ids[:, None], items.shape)[inside]
    flat = np.bincount(owner * len(places) + column, minlength=users * len(places))
    return flat.reshape(users, len(places)).astype(float)


def coverage(shown: np.ndarray, catalogue: int) -> np.ndarray:
    """The share of the catalogue that is shown at all; `shown` counts, (..., places shown)."""
    return (shown > 0).sum(axis=-1) / max(catalogue, 1)


def gini(shown: np.ndarray, catalogue: int) -> np.ndarray:
    """Gini coefficient of exposure over the whole catalogue, 0 (equal) to 1 (one place has all);
    `shown` counts, (..., places shown), the other places have none.
    """
    ordered = np.sort(shown, axis=-1)
    count = ordered.shape[-1]
    rank = np.arange(catalogue - count + 1, catalogue + 1)
    total = np.maximum(ordered.sum(axis=-1), 1e-300)
    return (ordered * (2.0 * rank - catalogue - 1)).sum(axis=-1) / (catalogue * total)


def spread_around(value: float, draws: np.ndarray) -> tuple[float, float]:
    """The 95% interval of a share that is no mean over users, from its values in bootstrap draws.

    A draw with replacement misses a third of the users, so it always covers less: the draws'
    deviation from their own mean is laid around the value, within 0 to 1.
    """
    low, high = np.quantile(draws - draws.mean(), [0.025, 0.975])
    return max(value + min(float(low), 0.0), 0.0), min(value + max(float(high), 0.0), 1.0)


def _mean(values: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Row means over what is inside, NaN where nothing is."""
    count = inside.sum(axis=1)
    total = np.where(inside, values, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
