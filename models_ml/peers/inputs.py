"""A user's events as the peers read them: place, type, and the step that led to each.

Here belong the token table of a corpus and the gathering of windows, right-padded so that a causal
model needs no mask.  Nothing here has parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from models_ml.data.corpus import Corpus
from models_ml.data.sequences import haversine_m
from models_ml.transformer.windows import HOUR, Vocabulary


@dataclass(frozen=True)
class Steps:
    """Between a user's events: `since`, `until` are log(1 + hours) from the previous and to the
    next one, `moved` is log(1 + km) from the previous one; 0 where there is none.
    """

    since: Tensor
    until: Tensor
    moved: Tensor


@dataclass(frozen=True)
class Table:
    """One row an event and a blank one at the end, n + 1 rows.

    `item`, `kind` are codes of the model's vocabulary (one past its last: none, or not known);
    `steps` are there for models that read them.
    """

    item: Tensor
    kind: Tensor
    steps: Steps | None

    @property
    def blank(self) -> int:
        """The index of the blank row."""
        return len(self.item) - 1


@dataclass(frozen=True)
class Inputs:
    """B windows of at most L events: (B, L) each, `length` (B,) of them real, those first.

    `gap` is the time of the step, `moved` its distance; see `window`.
    """

    item: Tensor
    kind: Tensor
    gap: Tensor
    moved: Tensor
    length: Tensor


def at_last(states: Tensor, inputs: Inputs) -> Tensor:
    """Of (B, L, d) the vectors at the last real event of each window, (B, d)."""
    return states[torch.arange(len(states)), inputs.length - 1]


@lru_cache(maxsize=4)
def table_of(corpus: Corpus, vocabulary: Vocabulary, with_steps: bool) -> Table:
    """The token table of a corpus, made once for each corpus and vocabulary."""
    items, kinds, _ = vocabulary.codes(corpus)
    return Table(
        item=torch.from_numpy(items[np.append(corpus.item, -1)]),
        kind=torch.from_numpy(kinds[np.append(corpus.kind, -1)]),
        steps=_steps(corpus) if with_steps else None,
    )


def _steps(corpus: Corpus) -> Steps:
    hours = np.diff(corpus.at, prepend=corpus.at[:1]) / HOUR
    latitude, longitude = corpus.latitude, corpus.longitude
    metres = haversine_m(np.roll(latitude, 1), np.roll(longitude, 1), latitude, longitude)
    begins = corpus.start[:-1]
    hours[begins] = metres[begins] = 0.0
    since = np.log1p(hours)
    until = np.append(since[1:], 0.0)
    moved = np.log1p(np.nan_to_num(metres) / 1_000)

    def padded(values: np.ndarray) -> Tensor:
        return torch.from_numpy(np.append(values, 0.0).astype(np.float32))

    return Steps(since=padded(since), until=padded(until), moved=padded(moved))


def window(
    table: Table,
    first: np.ndarray,
    length: np.ndarray,
    width: int,
    start: np.ndarray,
    ahead: bool = False,
) -> Inputs:
    """The rows first .. first + length - 1 of each window, padded to `width`; rows before the
    user's `start` are blank.

    `gap` is the time since the event before; with `ahead` the time to the event after, which a
    model may be told where it is asked about a given moment.  Without steps in the table there is
    neither, and both are (B, 0).
    """
    rows = first[:, None] + np.arange(width)[None, :]
    is_real = (np.arange(width)[None, :] < length[:, None]) & (rows >= start[:, None])
    index = torch.from_numpy(np.where(is_real, rows, table.blank))
    gap = moved = torch.empty(len(index), 0)
    if table.steps is not None:
        gap = (table.steps.until if ahead else table.steps.since)[index]
        moved = table.steps.moved[index]
    return Inputs(table.item[index], table.kind[index], gap, moved, torch.from_numpy(length))
