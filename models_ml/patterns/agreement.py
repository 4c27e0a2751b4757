"""Do two ways to group the same things agree? Found communities against planted ones.

Belongs here: the measures and their p-value. Does not belong here: finding groups.

Sources: L. Hubert, P. Arabie (1985), "Comparing partitions", Journal of Classification 2; values as
``sklearn.metrics.adjusted_rand_score`` and ``normalized_mutual_info_score``, which compute them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

SHUFFLES = 999


@dataclass(frozen=True)
class Agreement:
    """Adjusted Rand index (0 by chance, 1 the same), normalised mutual information (0 to 1), the
    p-value of the former against labels given at random, and the number of things compared."""

    rand: float
    information: float
    p_value: float
    n: int


def agreement(
    found: Mapping[Any, Hashable], planted: Mapping[Any, Hashable], seed: int = 0
) -> Agreement:
    """How well the groups of ``found`` are those of ``planted``, over the things in both.

    Args:
        found, planted: thing to label; labels are only compared within each.
        seed: of the shuffles behind the p-value.

    Returns:
        Zeros and a p-value of 1 where fewer than two things are in both.
    """
    both = sorted(found.keys() & planted.keys(), key=str)
    if len(both) < 2:
        return Agreement(0.0, 0.0, 1.0, len(both))
    one, other = (_numbered([labels[thing] for thing in both]) for labels in (found, planted))
    rng = np.random.default_rng(seed)
    # of shuffled labels the index rises with the pairs that are together in both, and them alone
    as_great = sum(
        _together(rng.permutation(one), other) >= _together(one, other) for _ in range(SHUFFLES)
    )
    return Agreement(
        float(adjusted_rand_score(other, one)),
        float(normalized_mutual_info_score(other, one)),
        (1 + as_great) / (1 + SHUFFLES),
        len(both),
    )


def _together(one: np.ndarray, other: np.ndarray) -> int:
    """Ordered pairs of things, a thing with itself too, that share a group in both."""
    counts = np.bincount(one * (other.max() + 1) + other)
    return int(counts @ counts)


def _numbered(labels: list[Hashable]) -> np.ndarray:
    """Labels as numbers, in the order of their first appearance."""
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(label, len(numbers)) for label in labels])


def planted_cells(
    anchors: Mapping[str, Iterable[str]], cells: Mapping[str, str]
) -> dict[Hashable, Hashable]:
    """The planted community of each cell: the one most of whose anchors lie in it.

    Args:
        anchors: community to the items that anchor its life, an item as often as it counts.
        cells: item to cell; items without one say nothing.

    Of communities with as many anchors, the first by name.
    """
    counts: dict[str, Counter[str]] = {}
    for name in sorted(anchors):
        for item in anchors[name]:
            if item in cells:
                counts.setdefault(cells[item], Counter())[name] += 1
    return {cell: found.most_common(1)[0][0] for cell, found in counts.items()}
