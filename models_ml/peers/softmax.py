"""Cross-entropy over all places or a sample of them, its gradient taken on the way forward.

Here belongs the loss of a batch of states against the tied embeddings.  A few hundred questions
are scored at a time, and their scores become the gradient in place: neither the scores of a whole
batch nor their logarithms are ever kept, which is what costs time on a CPU (the idea of Cut
Cross-Entropy, Wijmans et al. 2025, and of Liger Kernel's fused loss).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from models_ml.transformer.network import Sampled

SCORES_AT_ONCE = 1 << 20


class _FullSoftmax(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, state: Tensor, weight: Tensor, target: Tensor, offset: Tensor | None
    ) -> Tensor:
        rows = max(SCORES_AT_ONCE // len(weight), 32)
        to_state, to_weight = torch.empty_like(state), torch.zeros_like(weight)
        total = 0.0
        for low in range(0, len(state), rows):
            part, wanted = state[low : low + rows], target[low : low + rows, None]
            scores = part @ weight.T
            if offset is not None:
                scores += offset
            share = torch.softmax(scores, dim=1)
            # The largest score has the share exp(0) / sum, so the sum need not be taken again.
            sums = scores.amax(dim=1) - share.amax(dim=1).log()
            total += float((sums - scores.gather(1, wanted)[:, 0]).double().sum())
            share.scatter_add_(1, wanted, share.new_full(wanted.shape, -1.0))
            torch.mm(share, weight, out=to_state[low : low + rows])
            to_weight.addmm_(share.T, part)
        ctx.save_for_backward(to_state, to_weight)
        ctx.count = len(state)
        return state.new_tensor(total / len(state))

    @staticmethod
    def backward(ctx: Any, *wanted: Tensor) -> tuple[Tensor, Tensor, None, None]:
        to_state, to_weight = ctx.saved_tensors
        scale = wanted[0] / ctx.count
        return to_state * scale, to_weight * scale, None, None


def full_softmax(
    state: Tensor, weight: Tensor, target: Tensor, offset: Tensor | None = None
) -> Tensor:
    """Mean of -log softmax(state @ weight.T + offset)[target], a scalar.

    `state` (N, d), `weight` (places, d), `target` (N,) codes; N must be at least 1.  `offset`
    (places,), if any, is a constant.
    """
    loss: Tensor = _FullSoftmax.apply(state, weight, target, offset)
    return loss


def sampled_softmax(state: Tensor, weight: Tensor, target: Tensor, sampled: Sampled) -> Tensor:
    """`full_softmax` with the normaliser estimated from places that hold all targets (see
    `transformer.negatives`).
    """
    places = sampled.column(target)
    return full_softmax(state, weight[sampled.item], places, -sampled.log_chance)
