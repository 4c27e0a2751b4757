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
        return self.looking(state, self.look(self.norm_in(state)), allowed)

    def looking(self, state: Tensor, looked: Tensor, allowed: Tensor | None) -> Tensor:
        """The same, of queries, keys and values that are there already, (B, L, 3 d)."""
        size, length, d = state.shape
        parts = looked.view(size, length, 3, self.heads, d // self.heads)
        query, keys, values = parts.permute(2, 0, 3, 1, 4).unbind(0)
        seen = F.scaled_dot_product_attention(
            query, keys, values, attn_mask=allowed, is_causal=allowed is None
        )
        return self._after(state, seen.transpose(1, 2).reshape(size, length, d))

    def last(self, state: Tensor, inputs: Inputs) -> Tensor:
        """The same at the last real event of each alone, (B, d): all that is real may be seen from
        there, by both kinds of model.

        With one query a window, q (W k + b) is (q W) k and a constant, and the weighted sum of
        V k + c is V (the weighted sum of k) + c: no event needs a key or a value of its own.
        """
        size, d = len(state), state.shape[-1]
        to_query, to_keys, to_values = self.look.weight.view(3, self.heads, -1, d)
        bias_query, _, bias_values = self.look.bias.view(3, self.heads, 1, -1)
        normed = self.norm_in(state)
        query = at_last(normed, inputs) @ to_query.transpose(1, 2) + bias_query
        asked = (query @ to_keys).transpose(0, 1) * to_query.shape[1] ** -0.5
        logits = asked @ normed.transpose(1, 2)
        share = torch.softmax(logits.masked_fill(~real(inputs)[:, 0], -torch.inf), dim=-1)
        heard = (share @ normed).transpose(0, 1)
        seen = heard @ to_values.transpose(1, 2) + bias_values
        return self._after(at_last(state, inputs), seen.transpose(0, 1).reshape(size, d))

    def _after(self, state: Tensor, seen: Tensor) -> Tensor:
        state = self.drop(self.mix(seen)).add_(state)
        return self.drop(self.feed(self.norm_mid(state))).add_(state)


class Attentive(nn.Module):
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
        state, allowed = self.placed(events), self.allowed(inputs)
        for block in self.blocks:
            state = block(state, allowed)
        normed: Tensor = self.norm(state)
        return normed

    def last(self, events: Tensor, inputs: Inputs) -> Tensor:
        """The state after the last event of each, (B, d); the last block works there alone."""
        state, allowed = self.placed(events), self.allowed(inputs)
        for block in self.blocks[:-1]:
            state = block(state, allowed)
        return self.ended(state, inputs)

    def placed(self, events: Tensor) -> Tensor:
        """Events (B, L, d) with their positions, as the first block gets them."""
        return events + self.positions.weight[: events.shape[1]]

    def ended(self, state: Tensor, inputs: Inputs) -> Tensor:
        """The last block and the norm, from the states (B, L, d) before them to (B, d)."""
        block = self.blocks[-1]
        assert isinstance(block, Block)
        normed: Tensor = self.norm(block.last(state, inputs))
        return normed

    def allowed(self, inputs: Inputs) -> Tensor | None:
        """What each position may see, (B, 1, 1, L); None, as here, for all before it."""
        return None


class Sasrec(Attentive):
    """Causal: padding lies behind every real position, so no mask is needed."""

    def __init__(self, d: int, heads: int, layers: int, window: int, dropout: float):
        super().__init__(d, heads, layers, window, dropout, wide=1, smooth=False)


class Bert4rec(Attentive):
    """Bidirectional over the real positions."""

    def __init__(self, d: int, heads: int, layers: int, window: int, dropout: float):
        super().__init__(d, heads, layers, window, dropout, wide=4, smooth=True)

    def allowed(self, inputs: Inputs) -> Tensor:
        """The real positions."""
        return real(inputs)


def real(inputs: Inputs) -> Tensor:
    """Which positions are not padding, (B, 1, 1, L)."""
    return (torch.arange(inputs.item.shape[1]) < inputs.length[:, None])[:, None, None, :]
