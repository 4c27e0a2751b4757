"""What the neural peers share: embeddings in, an encoder, and two heads out.

Here belong the parts around the encoder, and their growth by new places.  Encoders are in
`recurrent` and `attention`.
"""

from __future__ import annotations

from typing import Protocol, cast

import torch
from torch import Tensor, nn

from models_ml.peers.inputs import Inputs

# Codes past the last of a vocabulary: none (or not known), and masked.
EXTRA = 2


class Encoder(Protocol):
    """From embedded events (B, L, d) to a state after each, (B, L, d), or the last, (B, d)."""

    def __call__(self, events: Tensor, inputs: Inputs) -> Tensor: ...

    def last(self, events: Tensor, inputs: Inputs) -> Tensor:
        """The state after the last real event of each."""


class PeerNetwork(nn.Module):
    """States of windows of events; the embedding of places is the head of places too."""

    def __init__(self, items: int, kinds: int, d_model: int, dropout: float, encoder: nn.Module):
        super().__init__()
        self.items = nn.Embedding(items + EXTRA, d_model)
        self.kinds = nn.Embedding(kinds + EXTRA, d_model)
        self.drop = nn.Dropout(dropout)
        self.encoder = encoder
        self.to_kinds = nn.Linear(d_model, kinds)
        for table in (self.items, self.kinds):
            nn.init.normal_(table.weight, std=d_model**-0.5)

    @property
    def places(self) -> Tensor:
        """The embeddings of places alone, (items, d)."""
        return self.items.weight[:-EXTRA]

    def embed(self, inputs: Inputs) -> Tensor:
        """(B, L, d) of the size of one: place and type summed."""
        scale = self.items.embedding_dim**0.5
        return (self.items(inputs.item) + self.kinds(inputs.kind)) * scale

    def forward(self, inputs: Inputs) -> Tensor:
        """A state after each event, (B, L, d)."""
        states: Tensor = self.encoder(self.drop(self.embed(inputs)), inputs)
        return states

    def last(self, inputs: Inputs) -> Tensor:
        """The state after the last event of each window alone, (B, d)."""
        return self.last_of(self.drop(self.embed(inputs)), inputs)

    def last_of(self, events: Tensor, inputs: Inputs) -> Tensor:
        """The same, of events that are embedded already, (B, L, d)."""
        return cast(Encoder, self.encoder).last(events, inputs)

    @torch.no_grad()
    def grow(self, items: int, kinds: int) -> None:
        """Room for more places and types, behind those that are known; new ones begin at random."""
        width = self.items.embedding_dim
        self.items = _grown(self.items, items + EXTRA)
        self.kinds = _grown(self.kinds, kinds + EXTRA)
        head, known = nn.Linear(width, kinds), self.to_kinds.out_features
        head.weight[:known], head.bias[:known] = self.to_kinds.weight, self.to_kinds.bias
        self.to_kinds = head


def _grown(table: nn.Embedding, rows: int) -> nn.Embedding:
    """A longer embedding; its last `EXTRA` rows stay the last."""
    known = table.num_embeddings - EXTRA
    grown = nn.Embedding(rows, table.embedding_dim)
    nn.init.normal_(grown.weight, std=table.embedding_dim**-0.5)
    grown.weight[:known], grown.weight[-EXTRA:] = table.weight[:known], table.weight[known:]
    return grown
