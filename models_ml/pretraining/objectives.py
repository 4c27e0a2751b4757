"""The two objectives of pre-training: the next event, and an event hidden between others.

Here belong the questions and their targets as batches.  The loop is in `pretrain`; what is
minimised for a question is the same as in training (`transformer.losses`).  The next event is
asked for as GPT does (Radford et al., 2018), a hidden one as BERT does (Devlin et al., 2019): the
hidden events are taken out of the tables altogether, so nothing derived from them (a step, a
distance, a count) can tell what they were.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch

from models_ml.columns import FEATURE_COLUMNS
from models_ml.config import TrainConfig
from models_ml.data.corpus import Corpus, Queries
from models_ml.data.wide import candidates
from models_ml.transformer.chunks import Chunk, chunk_batches, trainset
from models_ml.transformer.pointer import moments, tokens_of, wide_entries
from models_ml.transformer.windows import Tokens, Vocabulary, assemble, tokens

NEXT_EVENT, MASKED_EVENT = "next_event", "masked_event"
OBJECTIVES = (NEXT_EVENT, MASKED_EVENT)
# One event in so many is hidden at a time; an epoch hides every event once.
FOLDS = 5
SINCE_LAST = [FEATURE_COLUMNS.index(name) for name in ("f_gap", "f_distance")]
Batches = Iterator[tuple[Tokens, Chunk]]


@dataclass(frozen=True, eq=False)
class Passes:
    """The batches of each epoch, and how many an epoch has (at least one)."""

    epochs: list[Batches]
    per_epoch: int


@dataclass(frozen=True, eq=False)
class Hidden:
    """A corpus without its hidden rows, and the questions for them.

    `target` are rows of the whole corpus, `query` the rows of the `rest` just before them.
    """

    rest: Corpus
    target: np.ndarray
    query: np.ndarray


def next_events(corpus: Corpus, vocabulary: Vocabulary, config: TrainConfig) -> Passes:
    """For each epoch the batches of training: every event is asked for from those before it."""
    data = trainset(corpus, vocabulary, config)

    def one(epoch: int) -> Batches:
        for index in data.order(config, epoch):
            yield data.table, chunk_batches(data, config, index)

    count = len(list(data.order(config, 0)))
    return Passes([one(epoch) for epoch in range(1, config.epochs + 1)], max(count, 1))


def masked_events(corpus: Corpus, vocabulary: Vocabulary, config: TrainConfig) -> Passes:
    """For each epoch batches that ask for every event once, from half a window on either side."""

    count = max(round(len(corpus) / (FOLDS * config.batch_chunks * config.chunk)), 1)

    def one(epoch: int) -> Batches:
        rng = np.random.default_rng((config.seed, epoch))
        fold = rng.integers(FOLDS, size=len(corpus))
        for number in range(FOLDS):
            found = hide(corpus, np.flatnonzero(fold == number))
            table = tokens(found.rest, vocabulary)
            runs = _runs(corpus.user[found.target], max(config.chunk // FOLDS, 1))
            for part in np.array_split(rng.permutation(len(runs)), count):
                index = runs[part]
                yield table, masked_batch(corpus, found, table, vocabulary, config, index)

    return Passes([one(epoch) for epoch in range(1, config.epochs + 1)], FOLDS * count)


def hide(corpus: Corpus, rows: np.ndarray) -> Hidden:
    """Take rows out of a corpus and ask for them; those with no earlier event left are not asked.

    The event after a hole forgets how far in time and space the hidden one was.
    """
    kept = np.setdiff1d(np.arange(len(corpus)), rows)
    features = corpus.features[kept].copy()
    after_hole = np.flatnonzero(np.diff(kept, prepend=-1) > 1)
    features[after_hole[:, None], SINCE_LAST] = 0.0
    per_row = ("event_id", "user", "at", "offset", "item", "kind", "category")
    arrays = {n: getattr(corpus, n)[kept] for n in (*per_row, "latitude", "longitude", "split")}
    order = np.lexsort((arrays["event_id"], arrays["at"]))
    rest = replace(
        corpus,
        **arrays,
        features=features,
        start=np.searchsorted(arrays["user"], np.arange(len(corpus.users) + 1)),
        order=order,
        at_sorted=arrays["at"][order],
    )
    query = np.searchsorted(kept, rows) - 1
    asked = (query >= 0) & (arrays["user"][np.maximum(query, 0)] == corpus.user[rows])
    return Hidden(rest, rows[asked], query[asked])


def _runs(user: np.ndarray, length: int) -> np.ndarray:
    """(runs, length) indices of questions of one user each, padded with -1."""
    begins = np.flatnonzero(np.diff(user, prepend=-1))
    within = np.arange(len(user)) - np.repeat(begins, np.diff(np.append(begins, len(user))))
    is_first = within % length == 0
    runs = np.full((int(is_first.sum()), length), -1, dtype=np.int64)
    runs[np.cumsum(is_first) - 1, within % length] = np.arange(len(user))
    return runs


def masked_batch(
    corpus: Corpus,
    found: Hidden,
    table: Tokens,
    vocabulary: Vocabulary,
    config: TrainConfig,
    index: np.ndarray,
) -> Chunk:
    """The questions `index` (B, Q; -1: none) for hidden events as one batch."""
    is_real = index >= 0
    target = found.target[np.where(is_real, index, index[:, :1])]
    row = found.query[np.where(is_real, index, index[:, :1])]
    half = max(config.window // 2, 1)
    first = row.min(axis=1)
    length = int((row.max(axis=1) - first).max()) + 2 * half
    queries = _queries(corpus, found, target.ravel(), row.ravel(), config.time_aware)
    told = moments(found.rest, queries)
    batch = assemble(
        table,
        torch.from_numpy(np.where(is_real, row, table.blank)),
        torch.from_numpy(first - half + 1),
        length,
        half,
        None if told is None else (told[0].view(target.shape), told[1].view(target.shape)),
        ahead=half,
    )
    items, whole = vocabulary.codes(corpus)[0], tokens_of(corpus, vocabulary)
    item, flat = corpus.item[target], torch.from_numpy(target.ravel())
    wanted, keys = torch.from_numpy(item)[:, :, None], batch.key_rows[:, 1:]
    place = batch.placed & (table.item[keys][:, None, :] == wanted)
    successor = batch.successor & (table.item[table.following[keys]][:, None, :] == wanted)
    return Chunk(
        batch=batch,
        wide=wide_entries(candidates(found.rest, queries), items, len(vocabulary.items)),
        place=place.flatten(0, 1),
        successor=successor.flatten(0, 1),
        code=torch.from_numpy(np.where(item >= 0, items[item], 0).ravel()),
        kind=whole.kind_code[flat],
        category=whole.category_code[flat],
        cell=whole.cell_code[flat],
        # Never asked for: the events on both sides leave little of the time to guess.
        gap=torch.full_like(flat, len(vocabulary.gap_edges)),
        has_place=torch.from_numpy((is_real & (item >= 0)).ravel()),
        has_kind=torch.from_numpy(is_real.ravel()),
        row=flat,
    )


def _queries(
    corpus: Corpus, found: Hidden, target: np.ndarray, row: np.ndarray, told: bool
) -> Queries:
    """What counting may look at: the rest of the corpus before each hidden event."""
    user, at, rest = corpus.user[target], corpus.at[target], found.rest
    return Queries(
        user=user,
        at=at,
        before=row - rest.start[user] + 1,
        seen=np.searchsorted(rest.at_sorted, at, side="left"),
        row=np.full(len(target), -1),
        offset=corpus.offset[target] if told else rest.offset[row],
        time_given=told,
    )
