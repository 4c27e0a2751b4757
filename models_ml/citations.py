"""Citations of several answers to the same questions as one list a question.

Here belongs the merging; what one answer cites is its model's business.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from models_ml.scorer import Citation


def merged(answers: Iterable[list[list[Citation]]], scores: np.ndarray) -> list[list[Citation]]:
    """For each question the citations of all answers, an answer counting by its share of what they
    gave the place together; heaviest first.

    `scores` (answers, questions) are at least 0: what each gave each question's place.
    """
    part = scores / np.maximum(scores.sum(axis=0), 1e-300)
    found: list[dict[tuple[int, str], float]] = [defaultdict(float) for _ in range(part.shape[1])]
    for answer, share in zip(answers, part, strict=True):
        for index, cited in enumerate(answer):
            for citation in cited:
                found[index][citation.row, citation.role] += citation.weight * share[index]
    return [_heaviest_first(weights) for weights in found]


def _heaviest_first(weights: dict[tuple[int, str], float]) -> list[Citation]:
    cited = [Citation(row, weight, role) for (row, role), weight in weights.items()]
    return sorted(cited, key=lambda one: (-one.weight, -one.row, one.role))
