"""The settings of a training run, in one frozen dataclass.

Here belong hyper-parameters and their checks.  Paths, devices and schedules of the chain do not.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from math import inf
from typing import Any

from models_ml.errors import ModelError


@dataclass(frozen=True)
class TrainConfig:
    """Hyper-parameters of the spatio-temporal Transformer; the defaults fit a laptop CPU.

    `window` is in events, `lr` the peak of the schedule, `warmup` a share of all steps,
    `patience` in epochs. `max_train_events` keeps the newest so many training targets (0 = all);
    `max_val_targets` bounds the early-stopping measurement.  With `time_aware` the model is told
    the moment of the target (task `next_place_at_time`).
    """

    seed: int = 7
    epochs: int = 4
    patience: int = 2
    lr: float = 2e-3
    warmup: float = 0.1
    weight_decay: float = 0.05
    dropout: float = 0.35
    d_model: int = 64
    heads: int = 4
    window: int = 96
    batch_chunks: int = 16
    chunk: int = 32
    event_loss_weight: float = 0.2
    max_train_events: int = 0
    max_val_targets: int = 3000
    time_aware: bool = False
    threads: int = 2

    def __post_init__(self) -> None:
        for name in (
            "epochs",
            "patience",
            "d_model",
            "heads",
            "window",
            "batch_chunks",
            "chunk",
            "threads",
        ):
            if getattr(self, name) < 1:
                raise ModelError(
                    f"{name} must be at least 1, got {getattr(self, name)}", where="TrainConfig"
                )
        if not 0 <= self.dropout < 1:
            raise ModelError(f"dropout must lie in [0, 1), got {self.dropout}", where="TrainConfig")
        # Written so that NaN, which is neither below nor above anything, is refused too.
        if not (0 < self.lr < inf and 0 <= self.weight_decay < inf and 0 <= self.warmup < 1):
            raise ModelError(
                "lr must be > 0, weight_decay >= 0 and warmup in [0, 1)", where="TrainConfig"
            )
        if not 0 <= self.event_loss_weight < inf:
            raise ModelError(
                f"event_loss_weight must be >= 0, got {self.event_loss_weight}",
                where="TrainConfig",
            )
        if self.d_model % self.heads:
            raise ModelError(
                f"d_model ({self.d_model}) must be a multiple of heads ({self.heads})",
                where="TrainConfig",
            )

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> TrainConfig:
        """The reverse of `to_dict`; an unknown name is an error, not ignored."""
        unknown = sorted(set(values) - {field.name for field in fields(cls)})
        if unknown:
            raise ModelError(
                f"unknown training settings: {', '.join(unknown)}", where="TrainConfig"
            )
        return cls(**values)
