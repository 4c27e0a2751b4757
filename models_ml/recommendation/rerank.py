"""Which candidates fill the slots of a list: relevance against variety and novelty.

Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998), greedy, slot by slot: the next
place is the one with the greatest

    (1 - d) ((1 - n) relevance + n novelty) - d (its greatest similarity to a place on the list)

All terms lie in 0 to 1.  Here belong the formula and the similarity of places.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models_ml.errors import ModelError
from models_ml.recommendation.candidates import Candidates
from models_ml.recommendation.moment import Moment, apart
from models_ml.recommendation.policy import new_slots

ALIKE_KM = 1.0


@dataclass(frozen=True)
class Weights:
    """The share of variety (`diversity`, the formula's d) and of `novelty` (n), each 0 to 1."""

    diversity: float = 0.3
    novelty: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.diversity < 1 and 0 <= self.novelty <= 1):
            raise ModelError(
                f"diversity must lie in [0, 1) and novelty in [0, 1], got {self}", where="Weights"
            )


PLAIN = Weights(0.0, 0.0)


def rerank(
    found: Candidates, moment: Moment, k: int, policy: str, weights: Weights
) -> tuple[np.ndarray, np.ndarray]:
    """(column of the candidate in each slot, its value there), (queries, k); -1 and NaN in slots
    that no candidate is left for.

    Equal values: the candidate that stands first.
    """
    rows = np.arange(len(found.item))
    category, points = moment.corpus.item_category[found.item], moment.points[found.item]
    gain = (1 - weights.novelty) * found.relevance + weights.novelty * moment.novelty[found.item]
    base = np.where(found.item >= 0, (1 - weights.diversity) * gain, -np.inf)
    nearest = np.zeros(base.shape)
    columns = np.full((len(rows), k), -1, dtype=np.int64)
    values = np.full((len(rows), k), np.nan)
    slots = new_slots(policy, k)
    for slot in range(k if base.shape[1] else 0):
        value = base - weights.diversity * nearest
        if slots is not None:
            fits = np.where(found.is_known == ~slots[slot], value, -np.inf)
            value = np.where(np.isfinite(fits).any(axis=1, keepdims=True), fits, value)
        best = value.argmax(axis=1)
        left = np.isfinite(value[rows, best])
        columns[left, slot] = best[left]
        values[left, slot] = value[rows, best][left]
        base[rows, best] = -np.inf
        if weights.diversity:
            chosen = category[rows, best][:, None], points[rows, best][:, None]
            like = _alike(*chosen, category, points)
            nearest = np.maximum(nearest, like)
    return columns, values


def similarity(moment: Moment, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """How alike two places are, 0 to 1: half for the same category, half falling with distance
    (exp(-km / `ALIKE_KM`)).

    What is not known of a place (no category, no coordinates) makes it like no other.
    """
    category, points = moment.corpus.item_category, moment.points
    return _alike(category[one], points[one], category[other], points[other])


def _alike(
    category: np.ndarray, points: np.ndarray, categories: np.ndarray, others: np.ndarray
) -> np.ndarray:
    same = (category == categories) & (category >= 0)
    away = apart(points, others)
    near = np.where(np.isfinite(away), np.exp(-away / ALIKE_KM), 0.0)
    return 0.5 * same + 0.5 * near
