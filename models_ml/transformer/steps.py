"""The optimiser's steps: AdamW under a linear warm-up and a cosine fall.

Here belong the schedule, the groups of weights and what one step does.  Which batches it is fed
is the business of `train`.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from models_ml.config import TrainConfig
from models_ml.errors import ModelError
from models_ml.transformer.network import Network
from models_ml.transformer.ranks import ALONE, Ranks


class Steps:
    """The optimiser with a linear warm-up and a cosine fall; biases, norms and embeddings are not
    decayed.
    """

    def __init__(self, network: Network, config: TrainConfig, per_epoch: int) -> None:
        decayed = [p for n, p in network.named_parameters() if p.ndim > 1 and "items" not in n]
        others = [p for n, p in network.named_parameters() if p.ndim <= 1 or "items" in n]
        groups = [
            {"params": decayed, "weight_decay": config.weight_decay},
            {"params": others, "weight_decay": 0.0},
        ]
        self.optimiser = torch.optim.AdamW(groups, lr=config.lr, betas=(0.9, 0.98))
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
