"""What training minimises: the place loss, and the losses of the other heads beside it.

Here belong losses of a batch.  The steps that lower them are in `train`.
"""

from __future__ import annotations

import torch
from torch import Tensor

from models_ml.config import TrainConfig
from models_ml.transformer.chunks import Chunk
from models_ml.transformer.network import Output


def objective(output: Output, one: Chunk, config: TrainConfig) -> tuple[Tensor, Tensor]:
    """(the scalar that is minimised, the place losses of the questions that have a place)."""
    places = place_loss(output, one.place, one.successor, one.code)[one.has_place]
    kinds = -output.kinds.gather(1, one.kind[:, None]).squeeze(1)[one.has_kind]
    loss = places.mean() if len(places) else kinds.new_zeros(())
    beside = (
        config.category_loss_weight * head_loss(output.categories, one.category, one.has_kind)
        + config.cell_loss_weight * head_loss(output.cells, one.cell, one.has_kind)
        + config.time_loss_weight * head_loss(output.gaps, one.gap, one.has_kind)
    )
    return loss + config.event_loss_weight * kinds.mean() + beside, places


def head_loss(log_shares: Tensor, code: Tensor, asked: Tensor) -> Tensor:
    """Mean -log share (N, K) of the codes (N,) that were asked for and that the head knows, a
    scalar; 0 where there is none, as for the time head of a model that is told the time.
    """
    known = asked & (code < log_shares.shape[1])
    losses = -log_shares[known, code[known]]
    return losses.mean() if len(losses) else losses.sum()


def place_loss(output: Output, place: Tensor, successor: Tensor, code: Tensor) -> Tensor:
    """-log of the probability the mixture gives each target, (N,).

    `place`, `successor` (N, L) mark the earlier events whose place, or next place, is the
    target's; `code` (N,) is the target's vocabulary code.
    """
    parts = [
        output.gates[:, i] + torch.logsumexp(weights.masked_fill(~hit, -1e9), dim=-1)
        for i, (weights, hit) in enumerate(((output.place, place), (output.successor, successor)))
    ]
    vocabulary = output.gates[:, 2] + output.vocabulary.gather(1, code[:, None]).squeeze(1)
    return -torch.logsumexp(torch.stack([*parts, vocabulary]), dim=0)
