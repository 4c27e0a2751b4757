"""The network: a compact causal spatio-temporal Transformer whose answer is a mixture of three.

Here belongs the architecture alone.  Each question attends over the user's earlier events with a
learned bias on pair features (time, space, sameness); its answer mixes a pointer onto the places
of those events, a pointer onto their successors, and a softmax over all places with wide counts
and a distance prior as additive logits.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models_ml.columns import FEATURE_COLUMNS
from models_ml.data.wide import NAMES as WIDE_NAMES
from models_ml.transformer.gap_head import GapHead
from models_ml.transformer.item_texts import ItemTexts
from models_ml.transformer.windows import (
    PAIR_FEATURES,
    TIME_FEATURES,
    Batch,
    Tokens,
    log_distance_to_all,
)

NEVER = -1e9


@dataclass(frozen=True)
class Shape:
    """Sizes a network is built from; one told the target's time has no `gaps` to predict.

    `texts` numbers describe each item's text, made of a language model's `text_width` (0: none).
    `head_width`, `feed`, `pointer` and `bias` are inner widths: of one head, of the feed-forward
    layer, of the vectors that the pointers compare, of the layer behind the bias on pairs. Those
    left out follow `d_model`.
    """

    items: int
    kinds: int
    categories: int
    d_model: int
    heads: int
    dropout: float
    cells: int = 0
    gaps: int = 0
    head_width: int | None = None
    feed: int | None = None
    pointer: int | None = None
    bias: int = 24
    texts: int = 0
    text_width: int = 0

    def resolved(self) -> Shape:
        """The same sizes, none of them left out."""
        return replace(
            self,
            head_width=self.head_width or self.d_model // self.heads,
            feed=self.feed or 2 * self.d_model,
            pointer=self.pointer or self.d_model,
        )


@dataclass(frozen=True)
class WideEntries:
    """Sparse wide features of a batch: `question` indexes the flat (B x Q) questions, `item` the
    vocabulary.
    """

    question: Tensor
    item: Tensor
    features: Tensor


@dataclass(frozen=True)
class Sampled:
    """The places that a training step's softmax is over in the place of all: `item` (C,) codes of
    the vocabulary, ascending, `log_chance` (C,) the log of each one's chance of being among them.
    """

    item: Tensor
    log_chance: Tensor

    def column(self, code: Tensor) -> Tensor:
        """Where codes are among `item`; of one that is not, some column."""
        return torch.searchsorted(self.item, code).clamp_max(len(self.item) - 1)


@dataclass(frozen=True)
class Output:
    """What the network says of N = B x Q questions.

    `gates` (N, 3) are log shares of place pointer, successor pointer and vocabulary; `place`,
    `successor` (N, L) log weights of earlier events, `vocabulary` (N, items) log probabilities (of
    a sample: (N, C), with an estimate of the normaliser), `kinds` (N, kinds), `categories` (N,
    categories), `cells` (N, cells) and `gaps` (N, gaps) log probabilities of the next event's type,
    category, cell and bin of time.
    """

    gates: Tensor
    place: Tensor
    successor: Tensor
    vocabulary: Tensor
    kinds: Tensor
    categories: Tensor
    cells: Tensor
    gaps: Tensor


@contextmanager
def plain_kernels() -> Iterator[None]:
    """Run without oneDNN, which keeps a compiled kernel for every new shape: memory grew by 9 MB a
    step of training, for no speed.
    """
    backend: Any = torch.backends.mkldnn
    before = backend.enabled
    backend.enabled = False
    try:
        yield
    finally:
        backend.enabled = before


class Network(nn.Module):
    """See the module's docstring; `forward` takes a `Batch` and the token table."""

    def __init__(self, shape: Shape, item_points: Tensor) -> None:
        super().__init__()
        d = shape.d_model
        self.shape = shape
        full = shape.resolved()
        assert full.head_width and full.feed and full.pointer
        self.head_width, self.pointer_width = full.head_width, full.pointer
        inner = shape.heads * full.head_width
        self.item_points: Tensor
        self.register_buffer("item_points", item_points)
        self.items = nn.Embedding(shape.items + 1, d)
        self.kinds = nn.Embedding(shape.kinds + 1, d)
        self.categories = nn.Embedding(shape.categories + 1, d)
        self.features = nn.Linear(len(FEATURE_COLUMNS), d)
        self.moment = nn.Linear(TIME_FEATURES, d)
        self.local = nn.Linear(2 * d, d)
        self.norm_in, self.norm_mid, self.norm_out = (
            nn.LayerNorm(d),
            nn.LayerNorm(d),
            nn.LayerNorm(d),
        )
        self.query, self.keys, self.values = (
            nn.Linear(d, inner),
            nn.Linear(d, inner),
            nn.Linear(d, inner),
        )
        self.mix = nn.Linear(inner, d)
        self.feed = nn.Sequential(nn.Linear(d, full.feed), nn.GELU(), nn.Linear(full.feed, d))
        self.bias = nn.Sequential(
            nn.Linear(PAIR_FEATURES, full.bias), nn.GELU(), nn.Linear(full.bias, shape.heads + 2)
        )
        self.point_query = nn.Linear(d, 2 * full.pointer)
        self.point_keys = nn.Linear(d, 2 * full.pointer)
        self.gate = nn.Linear(d + 1, 3)
        self.to_items = nn.Linear(d, d)
        self.item_bias = nn.Parameter(torch.zeros(shape.items))
        self.near = nn.Linear(d, 1)
        self.wide = nn.Sequential(nn.Linear(len(WIDE_NAMES), 32), nn.GELU(), nn.Linear(32, 1))
        self.to_kinds = nn.Linear(d, shape.kinds)
        self.drop = nn.Dropout(shape.dropout)
        for table in (self.items, self.kinds, self.categories):
            nn.init.normal_(table.weight, std=d**-0.5)
        self.to_categories = nn.Linear(d, shape.categories)
        self.to_cells = nn.Linear(d, shape.cells)
        self.to_gaps = GapHead(d, shape.gaps) if shape.gaps else None
        # Last, so that all else begins with the same weights with texts and without.
        self.texts = (
            ItemTexts(shape.items, shape.texts, shape.text_width, d) if shape.texts else None
        )

    def forward(
        self, batch: Batch, table: Tokens, wide: WideEntries, sampled: Sampled | None = None
    ) -> Output:
        """Answers to the B x Q questions of a batch.

        With `sampled` the vocabulary is those places alone, and `wide.item` their places in it.
        """
        return self.answer(self.embedded(batch, table), batch, table, wide, sampled)

    def embedded(self, batch: Batch, table: Tokens) -> tuple[Tensor, Tensor, Tensor]:
        """Vectors of the earlier events (B, L + 1, d), and of each question's newest event and the
        one before that, each (B, Q, d).
        """
        rows = batch.query_rows
        before = torch.where(
            (rows - 1 >= table.start[rows]) & (rows < table.blank), rows - 1, table.blank
        )
        return (
            self._embed(batch.key_rows, table),
            self._embed(rows, table),
            self._embed(before, table),
        )

    def answer(
        self,
        embedded: tuple[Tensor, Tensor, Tensor],
        batch: Batch,
        table: Tokens,
        wide: WideEntries,
        sampled: Sampled | None = None,
    ) -> Output:
        """Answers from the vectors of events that `embedded` gives, or others of their shape."""
        keys = self._tokens(embedded[0])
        asked = self._asked(*embedded[1:], batch)
        bias = self.bias(batch.pairs)
        state = self._attend(asked, keys, bias[..., : self.shape.heads], batch)
        state = state + self.drop(self.feed(self.norm_mid(state)))
        state = self.norm_out(state)
        place, successor = self._pointers(state, keys, bias[..., self.shape.heads :], batch)
        flat = state.flatten(0, 1)
        heard = self.drop(flat)
        return Output(
            gates=self._gates(state, batch),
            place=place,
            successor=successor,
            vocabulary=self._vocabulary(flat, batch, table, wide, sampled),
            kinds=F.log_softmax(self.to_kinds(heard), dim=-1),
            categories=F.log_softmax(self.to_categories(heard), dim=-1),
            cells=F.log_softmax(self.to_cells(heard), dim=-1),
            gaps=self.to_gaps(heard, batch, table) if self.to_gaps else flat[:, :0],
        )

    def _embed(self, rows: Tensor, table: Tokens) -> Tensor:
        codes = table.item_code[rows]
        total = self.items(codes) + self.kinds(table.kind_code[rows])
        if self.texts is not None:
            total = total + self.texts(codes)
        return (
            total + self.categories(table.category_code[rows]) + self.features(table.features[rows])
        )

    def _tokens(self, raw: Tensor) -> Tensor:
        """(B, L, d) from (B, L + 1, d): each event mixed with the one before it."""
        raw = self.drop(raw)
        mixed = self.local(torch.cat([raw[:, :-1], raw[:, 1:]], dim=-1))
        return self.norm_in(raw[:, 1:] + F.gelu(mixed))

    def _asked(self, newest: Tensor, previous: Tensor, batch: Batch) -> Tensor:
        """(B, Q, d): each question's newest event, mixed with the one before it, and the moment."""
        mixed = self.local(self.drop(torch.cat([previous, newest], dim=-1)))
        return self.norm_in(newest + F.gelu(mixed)) + self.moment(batch.now)

    def _attend(self, asked: Tensor, keys: Tensor, bias: Tensor, batch: Batch) -> Tensor:
        """Multi-head attention of questions over events, with a blank sink so that no row is
        empty.
        """
        size, questions, _ = asked.shape
        heads, width = self.shape.heads, self.head_width
        q = self.query(asked).view(size, questions, heads, width).transpose(1, 2)
        k = self.keys(keys).view(size, -1, heads, width).transpose(1, 2)
        v = self.values(keys).view(size, -1, heads, width).transpose(1, 2)
        logits = q @ k.transpose(-1, -2) * width**-0.5 + bias.permute(0, 3, 1, 2)
        logits = logits.masked_fill(~batch.allowed[:, None], NEVER)
        sink = logits.new_zeros(*logits.shape[:-1], 1)
        weights = torch.softmax(torch.cat([logits, sink], dim=-1), dim=-1)[..., :-1]
        heard = (weights @ v).transpose(1, 2).reshape(size, questions, heads * width)
        return asked + self.drop(self.mix(heard))

    def _pointers(
        self, state: Tensor, keys: Tensor, bias: Tensor, batch: Batch
    ) -> tuple[Tensor, Tensor]:
        """Log weights of earlier events as places and as predecessors, each (N, L)."""
        d = self.pointer_width
        asked, known = self.point_query(state), self.point_keys(keys)
        result = []
        for i, mask in enumerate((batch.placed, batch.successor)):
            part = slice(i * d, (i + 1) * d)
            logits = asked[..., part] @ known[..., part].transpose(-1, -2) * d**-0.5 + bias[..., i]
            result.append(torch.log_softmax(logits.masked_fill(~mask, NEVER), dim=-1).flatten(0, 1))
        return result[0], result[1]

    def _gates(self, state: Tensor, batch: Batch) -> Tensor:
        """Log shares of the three answers; a pointer without an event has none."""
        seen = torch.log1p(batch.allowed.sum(-1, keepdim=True).float()) / 4
        logits = self.gate(torch.cat([state, seen], dim=-1)).flatten(0, 1)
        usable = torch.stack(
            [
                batch.placed.any(-1),
                batch.successor.any(-1),
                torch.ones_like(batch.allowed[..., 0]),
            ],
            dim=-1,
        ).flatten(0, 1)
        return torch.log_softmax(logits.masked_fill(~usable, NEVER), dim=-1)

    def _vocabulary(
        self,
        flat: Tensor,
        batch: Batch,
        table: Tokens,
        wide: WideEntries,
        sampled: Sampled | None,
    ) -> Tensor:
        """Log probabilities of all known places, or of those sampled: learned, near, and
        counted.
        """
        state = self.drop(flat)
        weight, bias, points = self._places(sampled)
        logits = torch.addmm(bias, self.to_items(state), weight.T)
        # Kilometres need single precision: 1 + km^2 is a difference of large numbers.
        with torch.no_grad(), torch.autocast(flat.device.type, enabled=False):
            distance = log_distance_to_all(table.point[batch.query_rows.flatten()], points)
        logits = torch.addcmul(logits, -F.softplus(self.near(flat)) / 6, distance)
        score = self.wide(wide.features).squeeze(-1).to(logits.dtype)
        logits = logits.index_put_((wide.question, wide.item), score, accumulate=True)
        return torch.log_softmax(logits, dim=-1)

    def _places(self, sampled: Sampled | None) -> tuple[Tensor, Tensor, Tensor]:
        """Embeddings (C, d), biases (C,) and points (C, 4) of the places a softmax is over; one
        drawn with chance Q stands for 1 / Q like it, which is -log Q in its bias.
        """
        weight = self.items.weight[: self.shape.items]
        if sampled is None:
            if self.texts is not None:
                weight = weight + self.texts.of_all()
            return weight, self.item_bias, self.item_points
        code = sampled.item
        weight = weight[code]
        if self.texts is not None:
            weight = weight + self.texts(code)
        return weight, self.item_bias[code] - sampled.log_chance, self.item_points[code]
