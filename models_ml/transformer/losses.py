"""What training minimises: the place loss, and the losses of the other heads beside it.

Here belong losses of a batch.  The steps that lower them are in `train`.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from models_ml.config import TrainConfig
from models_ml.transformer.chunks import Chunk
from models_ml.transformer.network import Output, Shape

COUNTED = ("place", "kind", "category", "cell", "gap")


def objective(
    output: Output, one: Chunk, config: TrainConfig, whole: Mapping[str, int] | None = None
) -> tuple[Tensor, Tensor]:
    """(the scalar that is minimised, the place losses of the questions that have a place).

    `whole` has the `counts` of the whole batch where `one` is a part of it: every mean is then the
    part's share of the whole mean, and the parts sum to it.
    """
    places = place_loss(output, one.place, one.successor, one.code)[one.has_place]
    kinds = -output.kinds.gather(1, one.kind[:, None]).squeeze(1)[one.has_kind]
    counted = whole or {}
    beside = [
        (config.category_loss_weight, output.categories, one.category, "category"),
        (config.cell_loss_weight, output.cells, one.cell, "cell"),
        (config.time_loss_weight, output.gaps, one.gap, "gap"),
    ]
    heads = sum(
        weight * head_loss(shares, code, one.has_kind, counted.get(name))
        for weight, shares, code, name in beside
    )
    loss = _mean(places, counted.get("place"))
    return loss + config.event_loss_weight * _mean(kinds, counted.get("kind")) + heads, places


def counts(one: Chunk, shape: Shape) -> dict[str, int]:
    """How many questions of a batch each loss is the mean of, in the order of `COUNTED`."""
    asked = {
        "place": one.has_place,
        "kind": one.has_kind,
        "category": one.has_kind & (one.category < shape.categories),
        "cell": one.has_kind & (one.cell < shape.cells),
        "gap": one.has_kind & (one.gap < shape.gaps),
    }
    return {name: int(asked[name].sum()) for name in COUNTED}


def head_loss(log_shares: Tensor, code: Tensor, asked: Tensor, whole: int | None = None) -> Tensor:
    """Mean -log share (N, K) of the codes (N,) that were asked for and that the head knows, a
    scalar; 0 where there is none, as for the time head of a model that is told the time.  `whole`
    is the number to divide by, where this is a part of a batch.
    """
    known = asked & (code < log_shares.shape[1])
    return _mean(-log_shares[known, code[known]], whole)


def _mean(losses: Tensor, whole: int | None) -> Tensor:
    """Their sum over their number, or over that of the whole batch; 0 of none."""
    return losses.sum() / max(len(losses) if whole is None else whole, 1)


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
