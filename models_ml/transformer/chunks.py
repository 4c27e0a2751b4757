"""Training batches: runs of consecutive questions of one user, sharing one window of earlier
events.

Here belong the cutting of the train split into chunks and their assembly.  The loss is
in `losses`, the loop in `train`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from models_ml.config import TrainConfig
from models_ml.data.corpus import Corpus, queries_for_rows
from models_ml.data.history import expand, first_of_moment
from models_ml.data.wide import candidates
from models_ml.transformer.network import Sampled, WideEntries
from models_ml.transformer.pointer import moments, tokens_of
from models_ml.transformer.windows import Batch, Tokens, Vocabulary, assemble, tokens

QUERY_BATCH = 2_048
ROUND = 8


@dataclass(frozen=True, eq=False)
class Trainset:
    """The train split, cut: chunk i asks for the rows first[i] .. first[i] + size[i] - 1 of one
    user.

    `wide_*` hold the wide features of every train row, `bounds[r]:bounds[r+1]` those of row r.
    `moment[r]` is the first row of those that share user and time with row r: a question sees the
    rows before it alone, so that events of one moment, as the lines of a basket, are all asked for
    and none tells of another.  What is asked for is read from `targets`, what came before it from
    `table`, which is another one where histories are augmented; chunk i then sees no row before
    `since[i]`.
    """

    table: Tokens
    targets: Tokens
    corpus: Corpus
    first: np.ndarray
    size: np.ndarray
    moment: np.ndarray
    wide_item: np.ndarray
    wide_features: np.ndarray
    bounds: np.ndarray
    since: np.ndarray | None = None

    @property
    def rows(self) -> tuple[np.ndarray, np.ndarray]:
        """(chunk, row) of all that is asked for, rows ascending."""
        return expand(self.first, self.size)

    def order(self, config: TrainConfig, epoch: int) -> Iterator[np.ndarray]:
        """Chunks of each batch in this epoch's seeded order; like lengths share a batch."""
        rng = np.random.default_rng((config.seed, epoch))
        length = np.minimum(
            self.first - self.corpus.start[self.corpus.user[self.first]], config.window
        )
        mixed = rng.permutation(len(self.first))
        group = config.batch_chunks * 16
        batches = []
        for low in range(0, len(mixed), group):
            part = mixed[low : low + group]
            part = part[np.argsort(length[part] + self.size[part], kind="stable")]
            batches += [
                part[i : i + config.batch_chunks] for i in range(0, len(part), config.batch_chunks)
            ]
        for i in rng.permutation(len(batches)):
            yield batches[i]


@dataclass(frozen=True)
class Chunk:
    """One training batch of N = B x Q questions with its targets; see `losses`.

    `category`, `cell` and `gap` (N,) are codes of the target's, past the last where it has none.
    `row` is the corpus row asked for; where `has_kind` is false, nothing is asked.  With `sampled`,
    `code` and `wide.item` are places in that sample (see `negatives`).
    """

    batch: Batch
    wide: WideEntries
    row: Tensor
    place: Tensor
    successor: Tensor
    code: Tensor
    kind: Tensor
    category: Tensor
    cell: Tensor
    gap: Tensor
    has_place: Tensor
    has_kind: Tensor
    sampled: Sampled | None = None


def trainset(
    corpus: Corpus, vocabulary: Vocabulary, config: TrainConfig, after: int | None = None
) -> Trainset:
    """Cut the train split of a corpus, or its rows later than `after` alone, and count its wide
    features once.
    """
    is_asked = corpus.split == 0
    rows = np.flatnonzero(is_asked if after is None else is_asked & (corpus.at > after))
    if config.max_train_events and len(rows) > config.max_train_events:
        newest = np.argsort(corpus.at[rows], kind="stable")[-config.max_train_events :]
        rows = np.sort(rows[newest])
    first, size = _cut(corpus, rows, config.chunk)
    item, features, bounds = _wide(corpus, rows, vocabulary, config)
    table = tokens_of(corpus, vocabulary)
    return Trainset(
        table=table,
        targets=table,
        corpus=corpus,
        first=first,
        size=size,
        moment=first_of_moment(corpus),
        wide_item=item,
        wide_features=features,
        bounds=bounds,
    )


def reread(
    data: Trainset, vocabulary: Vocabulary, config: TrainConfig, seen: Corpus, since: np.ndarray
) -> Trainset:
    """The same questions, whose users' own histories are those of `seen` (the same rows with other
    values), chunk i's from row `since[i]` on; all that is derived from them is counted anew.
    """
    chunk, rows = data.rows
    item, features, bounds = _wide(data.corpus, rows, vocabulary, config, seen, since[chunk])
    return replace(
        data,
        table=data.table if seen is data.corpus else tokens(seen, vocabulary),
        wide_item=item,
        wide_features=features,
        bounds=bounds,
        since=since,
    )


def _cut(corpus: Corpus, rows: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Runs of at most `length` consecutive rows of one user: (first row, number of rows)."""
    user = corpus.user[rows]
    begins = np.flatnonzero(np.concatenate([[True], (user[1:] != user[:-1]) | (np.diff(rows) > 1)]))
    sizes = np.diff(np.append(begins, len(rows)))
    pieces = -(-sizes // length)
    owner, piece = expand(np.zeros(len(sizes), dtype=np.int64), pieces)
    first = rows[begins][owner] + piece * length
    return first, np.minimum(sizes[owner] - piece * length, length)


def _wide(
    corpus: Corpus,
    rows: np.ndarray,
    vocabulary: Vocabulary,
    config: TrainConfig,
    own: Corpus | None = None,
    since: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Wide features of the rows, each counted strictly before its own moment, as one sparse table
    by row.  Places that only events outside the train split know are left out.  `own` and `since`
    (by row asked for) are those of `candidates`.
    """
    codes = vocabulary.codes(corpus)[0]
    items, features = [], []
    counts = np.zeros(len(corpus) + 1, dtype=np.int64)
    for low in range(0, len(rows), QUERY_BATCH):
        part = rows[low : low + QUERY_BATCH]
        queries = queries_for_rows(corpus, part, time_given=config.time_aware)
        first = None if since is None else since[low : low + QUERY_BATCH]
        found = candidates(corpus, queries, own=own, since=first)
        code = codes[found.item]
        kept = code < len(vocabulary.items)
        items.append(code[kept].astype(np.int32))
        features.append(found.features[kept].astype(np.float16))
        counts[part + 1] = np.bincount(found.query[kept], minlength=len(part))
    return np.concatenate(items), np.concatenate(features), np.cumsum(counts)


def chunk_batches(data: Trainset, config: TrainConfig, index: np.ndarray) -> Chunk:
    """Assemble the chunks `index` into one batch, as wide and as long as they need."""
    corpus, table, targets = data.corpus, data.table, data.targets
    first, size = data.first[index], data.size[index]
    user_start = corpus.start[corpus.user[first]]
    # The first question of a chunk may look back over others of its moment, which it may not see.
    unseen = first - data.moment[first]
    back = int(np.minimum(first - user_start, config.window + unseen).max())
    width = _rounded(int(size.max()), ROUND)
    target = first[:, None] + np.arange(width)[None, :]
    is_real = np.arange(width)[None, :] < size[:, None]
    target = np.where(is_real, target, first[:, None])
    begun = data.moment[target]
    query = np.where(is_real & (begun > user_start[:, None]), begun - 1, table.blank)
    length = _rounded(back + width - 1, 4 * ROUND)
    back = length - width + 1
    moment = None
    if config.time_aware:
        hours, local = _moments(corpus, target)
        moment = (hours, local)
    batch = assemble(
        table,
        torch.from_numpy(query),
        torch.from_numpy(first - back),
        length,
        config.window,
        moment,
        since=None if data.since is None else torch.from_numpy(data.since[index]),
    )
    asked = torch.from_numpy(is_real.ravel())
    place, successor = hits(table, batch, targets.item[torch.from_numpy(target)])
    flat = torch.from_numpy(target.ravel())
    known = targets.item[flat] >= 0
    return Chunk(
        batch=batch,
        wide=_wide_of(data, target, is_real),
        row=torch.from_numpy(target.ravel()),
        place=place,
        successor=successor,
        code=torch.where(known, targets.item_code[flat], 0),
        kind=targets.kind_code[flat],
        category=targets.category_code[flat],
        cell=targets.cell_code[flat],
        gap=targets.gap_code[torch.from_numpy(begun.ravel())],
        has_place=asked & known,
        has_kind=asked,
    )


def _rounded(size: int, step: int) -> int:
    """Up to a multiple of `step`, at least one: few distinct shapes are kinder to the allocator."""
    return max(-(-size // step) * step, step)


def _moments(corpus: Corpus, target: np.ndarray) -> tuple[Tensor, Tensor]:
    """The targets' own moments, each (B, Q)."""
    queries = queries_for_rows(corpus, target.ravel(), time_given=True)
    found = moments(corpus, queries)
    assert found is not None
    return found[0].view(target.shape), found[1].view(target.shape)


def hits(table: Tokens, batch: Batch, item: Tensor) -> tuple[Tensor, Tensor]:
    """Which earlier events are at each question's place `item` (B, Q), a corpus code, and which
    led to it, each (N, L).
    """
    wanted = item[:, :, None]
    keys = batch.key_rows[:, 1:]
    place = batch.placed & (table.item[keys][:, None, :] == wanted)
    successor = batch.successor & (table.item[table.following[keys]][:, None, :] == wanted)
    return place.flatten(0, 1), successor.flatten(0, 1)


def _wide_of(data: Trainset, target: np.ndarray, is_real: np.ndarray) -> WideEntries:
    flat = target.ravel()
    low = data.bounds[flat]
    count = np.where(is_real.ravel(), data.bounds[flat + 1] - low, 0)
    question, entry = expand(low, count)
    return WideEntries(
        question=torch.from_numpy(question),
        item=torch.from_numpy(data.wide_item[entry].astype(np.int64)),
        features=torch.from_numpy(data.wide_features[entry].astype(np.float32)),
    )
