"""The spaces of settings that a search draws from, one a model, and how trial `number` draws.

Belongs here: what values a setting may take.  Does not belong here: what a setting means
(`models_ml/config.py` and the models' own), and judging (`random_search.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from models_ml.columns import BERT4REC, MODEL, RANKER, SASREC
from models_ml.config import TrainConfig
from models_ml.errors import ModelError
from models_ml.registry import ASKED, configured


@dataclass(frozen=True)
class Among:
    """One of some values, all equally likely."""

    values: tuple[float | int, ...]

    def draw(self, rng: np.random.Generator) -> float | int:
        """One value."""
        return self.values[int(rng.integers(len(self.values)))]


@dataclass(frozen=True)
class Between:
    """A number between two, even on its own scale or on that of its logarithm; three digits."""

    low: float
    high: float
    is_log: bool = False

    def draw(self, rng: np.random.Generator) -> float:
        """One number."""
        if self.is_log:
            value = float(np.exp(rng.uniform(np.log(self.low), np.log(self.high))))
        else:
            value = float(rng.uniform(self.low, self.high))
        return float(f"{value:.3g}")


Space = Mapping[str, Among | Between]

TRANSFORMER_SPACE: Space = {
    "lr": Between(5e-4, 6e-3, is_log=True),
    "warmup": Among((0.05, 0.1, 0.2)),
    "weight_decay": Between(1e-3, 0.2, is_log=True),
    "dropout": Between(0.1, 0.5),
    "d_model": Among((32, 64, 96)),
    "heads": Among((2, 4)),
    "window": Among((48, 96, 128)),
    "batch_chunks": Among((8, 16, 32)),
    "event_loss_weight": Among((0.1, 0.2, 0.4)),
    "crop_share": Among((0.0, 0.2, 0.5)),
    "mask_share": Among((0.0, 0.05, 0.15)),
    "jitter_share": Among((0.0, 0.2, 0.5)),
}
RANKER_SPACE: Space = {
    "lr": Between(0.02, 0.15, is_log=True),
    "leaves": Among((15, 31, 63, 127)),
    "min_leaf": Among((20, 50, 100, 200)),
    "feature_share": Between(0.3, 1.0),
    "row_share": Between(0.5, 1.0),
    "l2": Between(0.1, 50.0, is_log=True),
}
PEER_SPACE: Space = {
    "lr": Between(5e-4, 8e-3, is_log=True),
    "warmup": Among((0.05, 0.1, 0.2)),
    "weight_decay": Between(1e-3, 0.2, is_log=True),
    "dropout": Between(0.1, 0.6),
    "d_model": Among((32, 64, 128)),
    "layers": Among((1, 2)),
    "window": Among((48, 64, 128)),
    "batch": Among((1024, 2048, 4096)),
    "event_loss_weight": Among((0.0, 0.2, 0.4)),
}
_HEADS: Space = {"heads": Among((1, 2, 4))}
_OWN_SPACES: dict[str, Space] = {
    MODEL: TRANSFORMER_SPACE,
    RANKER: RANKER_SPACE,
    SASREC: {**PEER_SPACE, **_HEADS},
    BERT4REC: {**PEER_SPACE, **_HEADS, "mask_share": Among((0.15, 0.3, 0.5))},
}


def space_of(name: str) -> Space:
    """What is searched for a model; raises `ModelError` for one without settings."""
    configured(name, TrainConfig(), {})
    return _OWN_SPACES.get(name, PEER_SPACE)


def settings_of(number: int, space: Space, base: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """What trial `number` tries: the model's own settings first, then draws."""
    if number == 0:
        return {field: base[field] for field in space}
    rng = np.random.default_rng((seed, number))
    return {field: one.draw(rng) for field, one in space.items()}


def check_space(name: str, space: Space, base: Mapping[str, Any]) -> None:
    """Raises `ModelError` for a space that is empty, or searches what the model has not."""
    unknown = sorted(field for field in space if field not in base or field in ASKED)
    if unknown:
        raise ModelError(f"{name} has nothing to search as {', '.join(unknown)}", where="search")
    if not space:
        raise ModelError(
            "every setting of the space is fixed: all trials would be the same",
            where="search",
            fix="fix fewer of them",
        )
