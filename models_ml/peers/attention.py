"""Encoders that attend: SASRec looks back, BERT4Rec both ways.

Here belong the blocks alone.  Kang & McAuley 2018 (arXiv:1808.09781) and Sun et al. 2019
(arXiv:1904.06690); that SASRec wants the full cross-entropy is Klenitskiy & Vasilev 2023.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models_ml.peers.inputs import Inputs, at_last


class Block(nn.Module):
    """Attention and a feed-forward layer `wide` times as wide, both pre-normed and residual."""

    def __init__(self, d: int, heads: int, dropout: float, wide: int, activation: nn.Module):
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.norm_in, self.norm_mid = nn.LayerNorm(d), nn.LayerNorm(d)
        self.look, self.mix = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.feed = nn.Sequential(nn.Linear(d, wide * d), activation, nn.Linear(wide * d, d))
        self.drop = nn.Dropout(dropout)

    def forward(self, state: Tensor, allowed: Tensor | None) -> Tensor:
        """(B, L, d) to the same; `allowed` (B, 1, 1, L) marks what may be seen, None is causal."""
        size, length, d = state.shape
        looked = self.look(self.norm_in(state)).view(size, length, 3, self.heads, d // self.heads)
        query, keys, values = looked.permute(2, 0, 3, 1, 4).unbind(0)
        seen = F.scaled_dot_product_attention(
            query, keys, values, attn_mask=allowed, is_causal=allowed is None
        )
        return self._after(state, seen.transpose(1, 2).reshape(size, length, d))

    def last(self, state: Tensor, inputs: Inputs) -> Tensor:
        """The same at the last real event of each alone, (B, d): all that is real may be seen from
        there, by both kinds of model.
        """
        size, length, d = state.shape
        normed = self.norm_in(state)
        weight, bias = self.look.weight, self.look.bias
        query = F.linear(at_last(normed, inputs), weight[:d], bias[:d])
        looked = F.linear(normed, weight[d:], bias[d:])
        keys, values = (
            looked.view(size, length, 2, self.heads, d // self.heads)
            .permute(2, 0, 3, 1, 4)
            .unbind(0)
        )
        seen = F.scaled_dot_product_attention(
            query.view(size, self.heads, 1, d // self.heads), keys, values, attn_mask=real(inputs)
        )
        return self._after(at_last(state, inputs), seen.reshape(size, d))

    def _after(self, state: Tensor, seen: Tensor) -> Tensor:
        state = state + self.drop(self.mix(seen))
        return state + self.drop(self.feed(self.norm_mid(state)))


class _Attentive(nn.Module):
    """Positions and blocks, causal unless a subclass lets positions see more."""

    def __init__(
        self, d: int, heads: int, layers: int, window: int, dropout: float, wide: int, smooth: bool
    ):
        super().__init__()
        self.positions = nn.Embedding(window, d)
        nn.init.normal_(self.positions.weight, std=0.02)
        activation = nn.GELU() if smooth else nn.ReLU()
        self.blocks = nn.ModuleList(
            Block(d, heads, dropout, wide, activation) for _ in range(layers)
        )
        self.norm = nn.LayerNorm(d)

    def forward(self, events: Tensor, inputs: Inputs) -> Tensor:
        """States (B, L, d)."""
        state = self._before_last(events, inputs)
        normed: Tensor = self.norm(self.blocks[-1](state, self.allowed(inputs)))
        return normed

    def last(self, events: Tensor, inputs: Inputs) -> Tensor:
        """The state after the last event of each, (B, d); the last block works there alone."""
        block = self.blocks[-1]
        assert isinstance(block, Block)
        normed: Tensor = self.norm(block.last(self._before_last(events, inputs), inputs))
        return normed

    def _before_last(self, events: Tensor, inputs: Inputs) -> Tensor:
        """States (B, L, d) that the last block gets."""
        state = events + self.positions.weight[: events.shape[1]]
        allowed = self.allowed(inputs)
        for block in self.blocks[:-1]:
            state = block(state, allowed)
        return state

    def allowed(self, inputs: Inputs) -> Tensor | None:
        """What each position may see, (B, 1, 1, L); None, as here, for all before it."""
        return None


class Sasrec(_Attentive):
    """Causal: padding lies behind every real position, so no mask is needed."""

    def __init__(self, d: int, heads: int, layers: int, window: int, dropout: float):
        super().__init__(d, heads, layers, window, dropout, wide=1, smooth=False)


class Bert4rec(_Attentive):
    """Bidirectional over the real positions."""

    def __init__(self, d: int, heads: int, layers: int, window: int, dropout: float):
        super().__init__(d, heads, layers, window, dropout, wide=4, smooth=True)

    def allowed(self, inputs: Inputs) -> Tensor:
        """The real positions."""
        return real(inputs)


def real(inputs: Inputs) -> Tensor:
    """Which positions are not padding, (B, 1, 1, L)."""
    return (torch.arange(inputs.item.shape[1]) < inputs.length[:, None])[:, None, None, :]
