"""Train rows cut into pieces of users' sequences, and pieces into batches of like length.

Here belongs what a step of training reads, for models that predict every next event and for those
that fill in masked ones.  Each row is asked for exactly once an epoch (unless it is masked at
random, where that is the model's way), and each epoch cuts elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from models_ml.config import PeerConfig
from models_ml.data.corpus import Corpus
from models_ml.data.history import expand
from models_ml.peers.inputs import Inputs, Table, window


@dataclass(frozen=True, eq=False)
class Pieces:
    """Piece i asks for the rows first[i] .. first[i] + size[i] - 1 of one user; `back[i]` rows
    before them are context alone.
    """

    first: np.ndarray
    size: np.ndarray
    back: np.ndarray


@dataclass(frozen=True)
class Asked:
    """A batch: its windows, and the questions in them.

    `place_at`, `kind_at` index the flat (B x L) positions whose state is asked for a place and
    for a type; `place`, `kind` are the codes wanted there.
    """

    inputs: Inputs
    place_at: Tensor
    place: Tensor
    kind_at: Tensor
    kind: Tensor


def cut(corpus: Corpus, rows: np.ndarray, config: PeerConfig, epoch: int) -> Pieces:
    """Every run of consecutive rows of a user in pieces of `stride` rows, the first one shortened
    by chance, each with up to `window` - `stride` rows of context.
    """
    user = corpus.user[rows]
    begins = np.flatnonzero(np.concatenate([[True], (user[1:] != user[:-1]) | (np.diff(rows) > 1)]))
    sizes = np.diff(np.append(begins, len(rows)))
    rng = np.random.default_rng((config.seed, epoch))
    shift = rng.integers(0, config.stride, len(sizes))
    owner, piece = expand(
        np.zeros(len(sizes), dtype=np.int64), -(-(sizes + shift) // config.stride)
    )
    low = np.maximum(piece * config.stride - shift[owner], 0)
    high = np.minimum((piece + 1) * config.stride - shift[owner], sizes[owner])
    first = rows[begins][owner] + low
    known = first - corpus.start[corpus.user[first]]
    return Pieces(first, high - low, np.minimum(config.window - config.stride, known))


def batches(pieces: Pieces, tokens: int, seed: tuple[int, int]) -> Iterator[Pieces]:
    """Batches of about `tokens` positions in a seeded order; like lengths share one, so that next
    to nothing is padding.
    """
    rng = np.random.default_rng(seed)
    length = pieces.size + pieces.back
    mixed = rng.permutation(len(length))
    order = mixed[np.argsort(-length[mixed], kind="stable")]
    parts, low = [], 0
    while low < len(order):
        high = low + max(tokens // int(length[order[low]]), 1)
        parts.append(order[low:high])
        low = high
    for i in rng.permutation(len(parts)):
        index = parts[i]
        yield Pieces(pieces.first[index], pieces.size[index], pieces.back[index])


def is_later(corpus: Corpus) -> np.ndarray:
    """Whether each event is strictly later than the user's event before it, the only ones that a
    model may be asked for; bool (n,).
    """
    later = np.concatenate([[True], corpus.at[1:] > corpus.at[:-1]])
    later[corpus.start[:-1]] = True
    return later


def next_events(
    table: Table, corpus: Corpus, later: np.ndarray, part: Pieces, config: PeerConfig
) -> Asked:
    """The batch of a causal model: the state after each event is asked for the next."""
    length, start, width, place = _layout(corpus, part)
    inputs = window(table, part.first - part.back - 1, length, width, start, config.time_aware)
    rows = (part.first - part.back)[:, None] + np.arange(width)
    asked = place & later[np.where(place, rows, 0)]
    return _asked(inputs, table, rows, asked)


def masked_events(
    table: Table, corpus: Corpus, part: Pieces, config: PeerConfig, rng: np.random.Generator
) -> Asked:
    """The batch of a model that fills in: a share of the events is masked, the last of each piece
    always, as it is when a question is asked.
    """
    length, start, width, place = _layout(corpus, part)
    inputs = window(table, part.first - part.back, length, width, start)
    rows = (part.first - part.back)[:, None] + np.arange(width)
    masked = place & (rng.random(place.shape) < config.mask_share)
    masked[np.arange(len(length)), length - 1] = True
    hidden = torch.from_numpy(masked)
    found = _asked(inputs, table, rows, masked)
    covered = replace(
        inputs,
        item=torch.where(hidden, table.item[-1] + 1, inputs.item),
        kind=torch.where(hidden, table.kind[-1] + 1, inputs.kind),
    )
    return replace(found, inputs=covered)


def _layout(corpus: Corpus, part: Pieces) -> tuple[np.ndarray, np.ndarray, int, np.ndarray]:
    """(length, first row of the user, width, which positions are asked rows (B, width))."""
    length = part.size + part.back
    width = int(length.max())
    position = np.arange(width)[None, :]
    asked = (position >= part.back[:, None]) & (position < length[:, None])
    return length, corpus.start[corpus.user[part.first]], width, asked


def _asked(inputs: Inputs, table: Table, rows: np.ndarray, asked: np.ndarray) -> Asked:
    """Positions and codes of the asked rows whose place, or type, the model knows."""
    at = np.flatnonzero(asked.ravel())
    wanted = torch.from_numpy(rows.ravel()[at])
    place, kind, where = table.item[wanted], table.kind[wanted], torch.from_numpy(at)
    has_place, has_kind = place < table.item[-1], kind < table.kind[-1]
    return Asked(inputs, where[has_place], place[has_place], where[has_kind], kind[has_kind])
