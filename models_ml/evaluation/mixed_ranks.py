"""Ranks of targets under every mixture of two models and every favour to new places, together.

Here belongs a faster way to the ranks that `rank.expected_ranks` gives for the mixed scores; which
mixture is taken is the ensemble's choice.

Both scores of a place are compared with the target's once.  A place that neither model rates near
the target is below it under every weight, and is counted no further; what remains is little where
a model knows the target at all.  Favour changes nothing between two new places or two known ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models_ml.evaluation.rank import checked

# Mixing rounds: a place this little below the bound is still compared exactly.
MARGIN = 1e-9


@dataclass(frozen=True, eq=False)
class _Rivals:
    """Places (pairs,) that may be above or equal to the target of question `row` (pairs,), by both
    scores.
    """

    row: np.ndarray
    one: np.ndarray
    other: np.ndarray

    def take(self, index: np.ndarray) -> _Rivals:
        """Those of them."""
        return _Rivals(self.row[index], self.one[index], self.other[index])

    def ahead(self, weight: float, own: np.ndarray, theirs: float = 1.0) -> np.ndarray:
        """How many are above targets of mixed scores `own` (questions,), equal ones by half, where
        their mixed scores count `theirs` times; (questions,).
        """
        scores = theirs * ((1.0 - weight) * self.one + weight * self.other)
        asked = own[self.row]
        above = (scores > asked) + 0.5 * (scores == asked)
        return np.bincount(self.row, above, minlength=len(own))


def mixed_ranks(
    one: np.ndarray,
    other: np.ndarray,
    target: np.ndarray,
    known: tuple[np.ndarray, np.ndarray],
    weights: np.ndarray,
    novelties: tuple[float, ...],
) -> np.ndarray:
    """Expected ranks, float64 (questions, weights, novelties), of the target codes (questions,) by
    (1 - weight) * `one` + weight * `other`, times novelty where the user has not been.

    Scores are (questions, places) and at least 0, `known` the (question, place) pairs of where
    users have been, each once, weights are 0 to 1 and novelties at least 1.  Raises `ModelError`
    on a score that is not finite.
    """
    one, other = checked(one), checked(other)
    own = np.arange(len(target)), target
    alike, new, old = _rivals(one, other, target, known, max(novelties))
    result = np.empty((len(target), len(weights), len(novelties)))
    for i, weight in enumerate(weights):
        score = (1.0 - weight) * one[own] + weight * other[own]
        # The target is equal to itself, which is a half too much.
        result[:, i] = 0.5 + alike.ahead(weight, score)[:, None]
        for k, novelty in enumerate(novelties):
            result[:, i, k] += new.ahead(weight, score, novelty)
            result[:, i, k] += old.ahead(weight, novelty * score)
    return result


def _rivals(
    one: np.ndarray,
    other: np.ndarray,
    target: np.ndarray,
    known: tuple[np.ndarray, np.ndarray],
    highest: float,
) -> tuple[_Rivals, _Rivals, _Rivals]:
    """All known places, and those new places that a model rates near the target at least: where
    both or neither is new, where the rival alone is, and where the target alone is.
    """
    size, rows = one.shape[1], np.arange(len(target))
    has_been = np.zeros(len(target), dtype=bool)
    has_been[known[0][known[1] == target[known[0]]]] = True
    bound = (1.0 - MARGIN) / np.where(has_been, highest, 1.0)
    near = one >= (bound * one[rows, target])[:, None]
    near |= other >= (bound * other[rows, target])[:, None]
    near[known] = False
    flat = np.concatenate([np.flatnonzero(near), known[0] * size + known[1]])
    row, is_new = flat // size, np.arange(len(flat)) < len(flat) - len(known[0])
    found = _Rivals(row, one.ravel()[flat], other.ravel()[flat])
    to_new = ~has_been[row]
    return (
        found.take(is_new == to_new),
        found.take(is_new & ~to_new),
        found.take(~is_new & to_new),
    )
