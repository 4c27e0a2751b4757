"""The settings of a training run, one frozen dataclass a kind of model.

Here belong hyper-parameters and their checks.  Paths, devices and schedules of the chain do not.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from math import inf
from typing import Any, Self

from models_ml.errors import ModelError

DEVICES = ("auto", "cpu", "cuda")
KINDS: dict[str, tuple[str, tuple[type, ...]]] = {
    "int": ("a whole number", (int,)),
    "int | None": ("a whole number or null", (int, type(None))),
    "float": ("a number", (int, float)),
    "bool": ("true or false", (bool,)),
    "str": ("text", (str,)),
}


@dataclass(frozen=True)
class _Settings:
    """What both kinds share: their way to JSON and back, and a check of counts."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """The reverse of `to_dict`; an unknown name or a value of another type is an error."""
        kinds = {field.name: str(field.type) for field in fields(cls)}
        unknown = sorted(set(values) - set(kinds))
        if unknown:
            raise ModelError(
                f"unknown training settings: {', '.join(unknown)}",
                where=cls.__name__,
                fix=f"one of {', '.join(kinds)}",
            )
        for name, value in values.items():
            told, types = KINDS[kinds[name]]
            # To Python, true is a whole number.
            if not isinstance(value, types) or isinstance(value, bool) != (bool in types):
                raise ModelError(f"{name} must be {told}, got {value!r}", where=cls.__name__)
        return cls(**values)

    def _at_least_one(self, names: tuple[str, ...]) -> None:
        for name in names:
            if getattr(self, name) < 1:
                raise ModelError(
                    f"{name} must be at least 1, got {getattr(self, name)}",
                    where=type(self).__name__,
                )


@dataclass(frozen=True)
class TrainConfig(_Settings):
    """Hyper-parameters of the spatio-temporal Transformer; the defaults fit a laptop CPU.

    `window` is in events, `lr` the peak of the schedule, `warmup` a share of all steps,
    `patience` in epochs. `max_train_events` keeps the newest so many training targets (0 = all);
    `max_val_targets` bounds the early-stopping measurement.  With `time_aware` the model is told
    the moment of the target (task `next_place_at_time`).  A training that keeps its state does so
    after each epoch and every `save_steps` batches (0 = after epochs alone).
    A batch is computed in `accumulate` parts, which need less memory and sum to the same gradient.
    `softmax_sample` is how many places a step's softmax is over (0 = all, None = all where there
    are few; see `transformer.negatives`).
    Histories are augmented (`transformer.augment`) where a share is above 0: windows that begin
    later (`crop_share`), places that are hidden (`mask_share`), times that are moved back by up to
    `jitter_hours` (`jitter_share`).
    `device` is `cpu`, `cuda` (in bfloat16) or `auto`, which is CUDA where there is one.
    `texts` is the folder or package of a language model that describes items by their texts, in at
    most `text_components` numbers each ("" = no texts).
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
    category_loss_weight: float = 0.1
    cell_loss_weight: float = 0.1
    time_loss_weight: float = 0.1
    max_train_events: int = 0
    max_val_targets: int = 3000
    time_aware: bool = False
    threads: int = 2
    save_steps: int = 0
    accumulate: int = 1
    softmax_sample: int | None = None
    crop_share: float = 0.0
    mask_share: float = 0.0
    jitter_share: float = 0.0
    jitter_hours: float = 1.0
    device: str = "auto"
    texts: str = ""
    text_components: int = 32

    def __post_init__(self) -> None:
        counts = ("epochs", "patience", "d_model", "heads", "window", "batch_chunks", "chunk")
        self._at_least_one((*counts, "threads", "accumulate", "text_components"))
        if self.device not in DEVICES:
            raise ModelError(
                f"device must be one of {', '.join(DEVICES)}, got {self.device!r}",
                where="TrainConfig",
            )
        if self.save_steps < 0:
            raise ModelError(f"save_steps must be >= 0, got {self.save_steps}", where="TrainConfig")
        if self.softmax_sample is not None and self.softmax_sample < 0:
            raise ModelError(
                f"softmax_sample must be >= 0, got {self.softmax_sample}", where="TrainConfig"
            )
        for name in ("dropout", "mask_share"):
            if not 0 <= getattr(self, name) < 1:
                raise ModelError(
                    f"{name} must lie in [0, 1), got {getattr(self, name)}", where="TrainConfig"
                )
        for name in ("crop_share", "jitter_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ModelError(
                    f"{name} must lie in [0, 1], got {getattr(self, name)}", where="TrainConfig"
                )
        if not 0 < self.jitter_hours < inf:
            raise ModelError(
                f"jitter_hours must be > 0, got {self.jitter_hours}", where="TrainConfig"
            )
        # Written so that NaN, which is neither below nor above anything, is refused too.
        if not (0 < self.lr < inf and 0 <= self.weight_decay < inf and 0 <= self.warmup < 1):
            raise ModelError(
                "lr must be > 0, weight_decay >= 0 and warmup in [0, 1)", where="TrainConfig"
            )
        for name in (f"{head}_loss_weight" for head in ("event", "category", "cell", "time")):
            if not 0 <= getattr(self, name) < inf:
                raise ModelError(
                    f"{name} must be >= 0, got {getattr(self, name)}", where="TrainConfig"
                )
        _check_heads(self.d_model, self.heads, type(self).__name__)


@dataclass(frozen=True)
class RankerConfig(_Settings):
    """Hyper-parameters of the gradient-boosted ranker.

    `questions` are the newest so many training targets (each brings some 150 candidate places),
    `rounds` and `patience` count trees, `feature_share` and `row_share` are drawn for each tree.
    """

    seed: int = 7
    questions: int = 40_000
    rounds: int = 600
    patience: int = 40
    lr: float = 0.06
    leaves: int = 31
    min_leaf: int = 50
    feature_share: float = 0.5
    row_share: float = 0.7
    l2: float = 5.0
    max_val_targets: int = 3000
    time_aware: bool = False
    threads: int = 2

    def __post_init__(self) -> None:
        self._at_least_one(("questions", "rounds", "patience", "min_leaf", "threads"))
        if self.leaves < 2:
            raise ModelError(f"leaves must be at least 2, got {self.leaves}", where="RankerConfig")
        # Written so that NaN, which is neither below nor above anything, is refused too.
        shares = (self.feature_share, self.row_share)
        if not (0 < self.lr < inf and 0 <= self.l2 < inf and all(0 < s <= 1 for s in shares)):
            raise ModelError(
                "lr must be > 0, l2 >= 0, feature_share and row_share in (0, 1]",
                where="RankerConfig",
            )


@dataclass(frozen=True)
class PeerConfig(_Settings):
    """Hyper-parameters of the peers that are networks: LSTM, GRU, ST-LSTM, SASRec, BERT4Rec.

    A model reads `window` events; training asks for `stride` of a window, the rest is context.
    `batch` is in events, `patience` in epochs, `mask_share` is of BERT4Rec alone.  With
    `time_aware` the ST-LSTM is told the time of the answer; the others cannot use it.
    """

    seed: int = 7
    epochs: int = 40
    patience: int = 3
    lr: float = 2e-3
    warmup: float = 0.05
    weight_decay: float = 0.05
    dropout: float = 0.3
    d_model: int = 64
    layers: int = 1
    heads: int = 2
    window: int = 64
    stride: int = 48
    batch: int = 4096
    mask_share: float = 0.3
    event_loss_weight: float = 0.2
    max_val_targets: int = 3000
    time_aware: bool = False
    threads: int = 2

    def __post_init__(self) -> None:
        counts = ("epochs", "patience", "d_model", "layers", "heads", "stride", "batch", "threads")
        self._at_least_one((*counts, "max_val_targets"))
        if not self.stride <= self.window:
            raise ModelError(
                f"stride ({self.stride}) must be at most window ({self.window})", where="PeerConfig"
            )
        if not (0 <= self.dropout < 1 and 0 <= self.mask_share < 1 and 0 <= self.warmup < 1):
            raise ModelError(
                "dropout, mask_share and warmup must lie in [0, 1)", where="PeerConfig"
            )
        # Written so that NaN, which is neither below nor above anything, is refused too.
        weights = (self.weight_decay, self.event_loss_weight)
        if not (0 < self.lr < inf and all(0 <= one < inf for one in weights)):
            raise ModelError(
                "lr must be > 0, weight_decay and event_loss_weight >= 0", where="PeerConfig"
            )
        _check_heads(self.d_model, self.heads, type(self).__name__)


def _check_heads(d_model: int, heads: int, where: str) -> None:
    if d_model % heads:
        raise ModelError(f"d_model ({d_model}) must be a multiple of heads ({heads})", where=where)
