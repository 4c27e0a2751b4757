"""The processes that train one model together, and what they tell each other.

Here belong shares of a batch, sums over processes and what the first process decides.  How
processes come about is `distributed`'s business; a training alone has one rank and sends nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
import torch.distributed as group
from torch import Tensor, nn

from models_ml.transformer.devices import chosen


@dataclass(frozen=True)
class Ranks:
    """This process' number and how many there are."""

    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this process validates, writes and tells."""
        return self.rank == 0

    def parts(self, index: np.ndarray, each: int) -> list[tuple[int, np.ndarray]]:
        """This rank's parts of a batch as (number among all, chunks): each rank has `each`, of
        which those left without a chunk are not listed.
        """
        cut = np.array_split(index, self.size * each)
        low = self.rank * each
        return [(low + i, part) for i, part in enumerate(cut[low : low + each]) if len(part)]

    def total(self, values: Tensor) -> Tensor:
        """The sum over all ranks, in place."""
        if self.size > 1:
            group.all_reduce(values)
        return values

    def add_gradients(self, network: nn.Module) -> None:
        """Give every rank the sum of all gradients, in one message; a rank that had no chunk adds
        zeros.
        """
        if self.size == 1:
            return
        weights = [p for p in network.parameters() if p.requires_grad]
        own = [torch.zeros_like(p) if p.grad is None else p.grad for p in weights]
        flat = self.total(torch.cat([one.flatten() for one in own]))
        sizes = [p.numel() for p in weights]
        for weight, part in zip(weights, flat.split(sizes), strict=True):
            weight.grad = part.view_as(weight).clone()

    def as_first(self, values: list[float], device: torch.device) -> list[float]:
        """The first rank's values, on every rank."""
        if self.size == 1:
            return values
        told = torch.tensor(values, dtype=torch.float64, device=device)
        group.broadcast(told, src=0)
        return [float(value) for value in told]

    def wait(self) -> None:
        """Go on when all have come this far."""
        if self.size > 1:
            group.barrier()


ALONE = Ranks()


@contextmanager
def joined(device: str) -> Iterator[Ranks]:
    """The ranks that torchrun started (it tells by environment variables): gloo between
    processors, nccl between CUDA devices, of which each process has its own.
    """
    is_cuda = chosen(device).type == "cuda"
    if is_cuda:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    group.init_process_group("nccl" if is_cuda else "gloo")
    try:
        yield Ranks(group.get_rank(), group.get_world_size())
    finally:
        group.destroy_process_group()
