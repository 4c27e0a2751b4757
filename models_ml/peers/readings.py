"""The first block's look at every code, taken once, for asking a model about many people.

An event's vector is the sum of a row for its place and one for its type and position, and a layer
norm is linear but for a scale.  So the first block's queries, keys and values are sums of rows too,
times that scale: a product with each row of two tables, once, stands for one with every event.
States are kept without their mean, which each norm they meet takes away anyway.

Belongs here: that short cut, the same as `PeerNetwork.last` within single precision.  It pays where
there are more events than places.  Does not belong here: what a block does with what it looked at.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from models_ml.peers.attention import Attentive, Block
from models_ml.peers.inputs import Inputs
from models_ml.peers.network import PeerNetwork


class Readings:
    """Of a network whose encoder is `Attentive`, as its weights are when this is made."""

    def __init__(self, network: PeerNetwork) -> None:
        encoder = network.encoder
        assert isinstance(encoder, Attentive)
        block = encoder.blocks[0]
        assert isinstance(block, Block)
        self.encoder, self.block = encoder, block
        items, kinds = network.items.weight, network.kinds.weight
        positions = encoder.positions.weight
        self.items, self.window = len(items), len(positions)
        d = network.items.embedding_dim
        with torch.no_grad():
            steps = d**0.5 * kinds[:, None] + positions
            # Written in place: fresh memory costs more time than the product.
            self.table = torch.empty(len(items) + steps.shape[0] * self.window, 4 * d)
            rows = self.table[:, :d]
            rows[: len(items)] = items
            rows[: len(items)] *= d**0.5
            rows[len(items) :] = steps.flatten(0, 1)
            rows -= rows.mean(dim=1, keepdim=True)
            torch.mm(rows, (block.look.weight * block.norm_in.weight).T, out=self.table[:, d:])
            self.bias = block.look(block.norm_in.bias)

    def last(self, inputs: Inputs) -> Tensor:
        """The state after the last event of each window, (B, d)."""
        size, length = inputs.item.shape
        step = inputs.kind * self.window + (self.items + torch.arange(length))
        codes = torch.stack([inputs.item, step], dim=-1)
        found = F.embedding_bag(codes.flatten(0, 1), self.table, mode="sum")
        d = found.shape[1] // 4
        state = found[:, :d]
        variance = state.square().mean(dim=1, keepdim=True)
        scale = torch.rsqrt(variance + self.block.norm_in.eps)
        looked = torch.addcmul(self.bias, found[:, d:], scale)
        allowed = self.encoder.allowed(inputs)
        windows = state.view(size, length, d), looked.view(size, length, 3 * d)
        after = self.block.looking(*windows, allowed)
        for block in self.encoder.blocks[1:-1]:
            after = block(after, allowed)
        return self.encoder.ended(after, inputs)
