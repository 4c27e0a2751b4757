"""What training minimises: the place loss, and the losses of the other heads beside it.

Here belong losses of a batch.  The steps that lower them are in `train`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

import torch
from torch import Tensor

from models_ml.config import TrainConfig
from models_ml.transformer.chunks import Chunk
from models_ml.transformer.network import Output

MASKS = tuple(field.name for field in fields(Chunk) if field.name.startswith("has_"))


def objective(
    output: Output, one: Chunk, config: TrainConfig, whole: Mapping[str, int] | None = None
) -> tuple[Tensor, Tensor]:
    """(the scalar that is minimised, the place losses of the questions that have a place).

    `whole` counts, by the name of a mask, the questions of the whole batch where `one` is a part
    of it: every mean is then the part's share of the whole mean, and the parts sum to it.
    """
    places = place_loss(output, one.place, one.successor, one.code)[one.has_place]
    kinds = -output.kinds.gather(1, one.kind[:, None]).squeeze(1)[one.has_kind]
    sizes = whole or {"has_place": len(places), "has_kind": len(kinds)}
    loss = places.sum() / max(sizes["has_place"], 1)
    return loss + config.event_loss_weight * (kinds.sum() / max(sizes["has_kind"], 1)), places


def counts(one: Chunk) -> dict[str, int]:
    """How many questions each mask of a batch lets through."""
    return {name: int(getattr(one, name).sum()) for name in MASKS}


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
