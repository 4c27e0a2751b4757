"""What is settled on val after training: how sure the network may be, and what answers for a head.

Here belong the temperature of event types and the choice between a head and the sum over places.
The weights are not touched.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from models_ml.transformer.forecast import Beside

PLACE_SHARES = (0.0, 0.5, 1.0)
LOG_TEMPERATURES = (-3.0, 3.0)


@dataclass(frozen=True)
class Calibration:
    """`kinds` divides the logits of event types.  `categories` and `cells` are the shares of the
    place probabilities, summed by category or cell, in those answers; the rest is the head's.
    """

    kinds: float = 1.0
    categories: float = 0.0
    cells: float = 0.0


UNCALIBRATED = Calibration()


def tempered(log_shares: np.ndarray, temperature: float) -> np.ndarray:
    """Probabilities, (m, k), of logits divided by a temperature: above 1 they are less sure."""
    scaled = log_shares / temperature
    shares = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    result: np.ndarray = shares / shares.sum(axis=1, keepdims=True)
    return result


def temperature_for(log_shares: np.ndarray, target: np.ndarray) -> float:
    """The temperature with the least log-loss of the targets (m,) under log shares (m, k).

    Guo et al. (2017), On Calibration of Modern Neural Networks: one number cannot change which
    answer is first.  1 where there is nothing to choose between.
    """
    if log_shares.shape[1] < 2 or not len(target):
        return 1.0
    rows = np.arange(len(target))

    def loss(log_temperature: float) -> float:
        chosen = tempered(log_shares, float(np.exp(log_temperature)))[rows, target]
        return float(-np.log(np.maximum(chosen, 1e-12)).mean())

    found = minimize_scalar(loss, bounds=LOG_TEMPERATURES, method="bounded")
    return float(np.exp(found.x)) if found.fun < loss(0.0) else 1.0


def settled(found: Beside, kind: np.ndarray, category: np.ndarray, cell: np.ndarray) -> Calibration:
    """The calibration that suits what was said of events best, given the codes that they had.

    Events whose code the model does not know settle nothing.
    """
    known = kind < found.kinds.shape[1]
    return Calibration(
        kinds=temperature_for(found.kinds[known], kind[known]),
        categories=place_share(*_chosen(found.categories, category)),
        cells=place_share(*_chosen(found.cells, cell)),
    )


def _chosen(pair: tuple[np.ndarray, np.ndarray], code: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What both gave the codes (m,), where these are known."""
    rows = np.flatnonzero(code < pair[0].shape[1])
    return pair[0][rows, code[rows]], pair[1][rows, code[rows]]


def place_share(head: np.ndarray, summed: np.ndarray) -> float:
    """The share of the summed places with the least log-loss, from the probabilities that the head
    and the sum gave each target, both (m,); of equals the smallest.
    """
    losses = [
        -np.log(np.maximum((1 - share) * head + share * summed, 1e-12)).mean() if len(head) else 0.0
        for share in PLACE_SHARES
    ]
    return PLACE_SHARES[int(np.argmin(losses))]
