"""The optimiser's steps: AdamW under a linear warm-up and a cosine fall.

Here belong the schedule, the groups of weights and what one step does.  Which batches it is fed
is the business of `train`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from models_ml.config import PeerConfig, TrainConfig
from models_ml.errors import ModelError
from models_ml.transformer.ranks import ALONE, Ranks


class Steps:
    """The optimiser with a linear warm-up and a cosine fall; biases, norms and the weights of the
    modules that `tables` names are not decayed.
    """

    def __init__(
        self,
        network: nn.Module,
        config: TrainConfig | PeerConfig,
        per_epoch: int,
        *,
        tables: Sequence[str] = ("items", "to_items"),
        fused: bool = False,
    ) -> None:
        decayed: list[nn.Parameter] = []
        others: list[nn.Parameter] = []
        for name, weight in network.named_parameters():
            is_table = name.split(".")[0] in tables
            (others if weight.ndim <= 1 or is_table else decayed).append(weight)
        groups = [
            {"params": decayed, "weight_decay": config.weight_decay},
            {"params": others, "weight_decay": 0.0},
        ]
        self.optimiser = torch.optim.AdamW(groups, lr=config.lr, betas=(0.9, 0.98), fused=fused)
        self.network, self.config = network, config
        self.total = max(per_epoch * config.epochs, 1)
        self.done, self.per_epoch, self.lr = 0, per_epoch, 0.0

    def step(self, loss: Tensor) -> None:
        """One update from a loss; raises `ModelError` when it is not finite."""
        self.add(loss)
        self.update()

    def add(self, loss: Tensor) -> None:
        """Add the gradient of one part of a batch; raises `ModelError` when the loss is not
        finite.
        """
        if not torch.isfinite(loss):
            raise ModelError(
                f"the training loss is {loss.item()} at step {self.done}",
                where="train",
                fix="a lower lr",
            )
        loss.backward()

    def update(self, ranks: Ranks = ALONE) -> None:
        """One update from what was added, on all ranks alike."""
        ranks.add_gradients(self.network)
        self.done += 1
        self.lr = self.config.lr * schedule(self.done / self.total, self.config.warmup)
        for group in self.optimiser.param_groups:
            group["lr"] = self.lr
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)


def schedule(done: float, warmup: float) -> float:
    """Share of the peak rate after `done` (0..1) of all steps: linear up to `warmup`, then a
    cosine to 2%.
    """
    if done < warmup:
        return done / warmup
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min((done - warmup) / (1 - warmup), 1.0)))
