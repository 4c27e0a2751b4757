"""Training: from the sequences table to a model and its curves.

Here belong the loop and early stopping.  What is minimised is in `losses`, how a step is taken in
`steps`, what outlives a kill in `resume`, the architecture in `network`, the settings in `config`,
the inference path in `pointer`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from models_ml.config import TrainConfig
from models_ml.data.corpus import Corpus, encode, queries_for_rows, target_rows
from models_ml.errors import TooFewEvents
from models_ml.evaluation.evaluate import BATCH
from models_ml.evaluation.rank import expected_ranks
from models_ml.transformer.chunks import Trainset, chunk_batches, trainset
from models_ml.transformer.losses import objective
from models_ml.transformer.network import Network, Shape, plain_kernels
from models_ml.transformer.pointer import PointerTransformer
from models_ml.transformer.resume import State, identity, read, write
from models_ml.transformer.steps import Steps
from models_ml.transformer.windows import Vocabulary, kilometres

NEEDED_TRAIN, NEEDED_VAL = 200, 20
Progress = Callable[[dict[str, float]], None]


@dataclass(frozen=True)
class Trained:
    """A model, one row of `columns.CURVE_COLUMNS` an epoch, and the settings of its training."""

    model: PointerTransformer
    curves: list[dict[str, float]]
    config: TrainConfig

    @property
    def scorer(self) -> PointerTransformer:
        """The model under the name of its interface."""
        return self.model


def train(
    sequences: pd.DataFrame | Corpus,
    config: TrainConfig | None = None,
    progress: Progress | None = None,
    resume: Path | None = None,
) -> Trained:
    """Train on split `train`, stop early on `val`; `test` is never looked at.

    `progress` gets one dict a step of about a second (`epoch`, `done` 0..1, `train_loss`) and one
    an epoch (the row of the curve).  Raises `TooFewEvents` with what is needed and `ModelError`
    if the loss stops being finite.  `resume` is a folder for the state of the training (see
    `resume`): run again with equal settings and data, it goes on there and ends the same.
    """
    corpus = sequences if isinstance(sequences, Corpus) else encode(sequences)
    return fit(corpus, config or TrainConfig(), progress, resume)


def fit(
    corpus: Corpus,
    config: TrainConfig,
    progress: Progress | None = None,
    resume: Path | None = None,
) -> Trained:
    """`train` for an encoded corpus; with `resume` it leaves its state in that folder, and goes on
    from the state found there.
    """
    val_rows = target_rows(corpus, "val", max_targets=config.max_val_targets, seed=config.seed)
    found = int(((corpus.split == 0) & (corpus.item >= 0)).sum())
    if found < NEEDED_TRAIN:
        raise TooFewEvents("train events with a place", needed=NEEDED_TRAIN, found=found)
    if len(val_rows) < NEEDED_VAL:
        raise TooFewEvents("val events with a place", needed=NEEDED_VAL, found=len(val_rows))
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    model = build(corpus, config)
    data = trainset(corpus, model.vocabulary, config)
    return Trained(model, learn(model, data, val_rows, progress, resume), config)


def learn(
    model: PointerTransformer,
    data: Trainset,
    val_rows: np.ndarray,
    progress: Progress | None = None,
    resume: Path | None = None,
) -> list[dict[str, float]]:
    """Train a model in place for the epochs of its settings, keep the weights that were best on
    val, and return the curve.
    """
    config = model.config
    steps = Steps(model.network, config, len(list(data.order(config, 0))))
    state = State(kept=_copy(model.network))
    about = identity(data.corpus, model.network, config) if resume else {}
    if resume:
        state = read(resume, about, steps) or state

    def save() -> None:
        if resume:
            write(resume, about, state, steps)

    while state.epoch <= config.epochs and state.since < config.patience:
        with plain_kernels():
            train_loss = _epoch(model, data, steps, state, progress, save)
        began = time.perf_counter()
        val_loss, val_acc1 = validate(model, data.corpus, val_rows)
        row = {
            "epoch": state.epoch,
            "train_loss": train_loss,
            "val_loss": val_loss,
            "val_acc1": val_acc1,
            "lr": steps.lr,
            "seconds": state.seconds + time.perf_counter() - began,
        }
        _close(state, row, model.network)
        save()
        if progress is not None:
            progress(row)
    model.network.load_state_dict(state.kept)
    model.network.eval()
    return state.curves


def _close(state: State, row: dict[str, float], network: Network) -> None:
    """Note an epoch that is over, and begin the next."""
    state.curves.append(row)
    if row["val_loss"] < state.best:
        state.best, state.kept, state.since = row["val_loss"], _copy(network), 0
    else:
        state.since += 1
    state.epoch += 1
    state.batch, state.total, state.count, state.seconds = 0, 0.0, 0, 0.0


def build(corpus: Corpus, config: TrainConfig) -> PointerTransformer:
    """An untrained model for the train split of a corpus."""
    vocabulary = Vocabulary.of_training(corpus)
    shape = Shape(
        items=len(vocabulary.items),
        kinds=len(vocabulary.kinds),
        categories=len(vocabulary.categories),
        d_model=config.d_model,
        heads=config.heads,
        dropout=config.dropout,
    )
    index = {str(name): code for code, name in enumerate(corpus.items)}
    codes = np.array([index[name] for name in vocabulary.items])
    latitude, longitude = corpus.item_latitude[codes], corpus.item_longitude[codes]
    points = kilometres(latitude, longitude, vocabulary.centre)
    network = Network(shape, torch.from_numpy(points))
    return PointerTransformer(config, vocabulary, network)


def validate(model: PointerTransformer, corpus: Corpus, rows: np.ndarray) -> tuple[float, float]:
    """(mean -log probability of the target, Acc@1) on rows, through the inference path."""
    queries = queries_for_rows(corpus, rows, time_given=model.config.time_aware)
    losses, hits = [], []
    for low in range(0, len(queries), BATCH):
        part = queries.take(slice(low, low + BATCH))
        scores = model.score(corpus, part)
        target = corpus.item[part.row]
        losses.append(-np.log(np.maximum(scores[np.arange(len(part)), target], 1e-9)))
        hits.append(expected_ranks(scores, target) <= 1)
    return float(np.concatenate(losses).mean()), float(np.concatenate(hits).mean())


def _epoch(
    model: PointerTransformer,
    data: Trainset,
    steps: Steps,
    state: State,
    progress: Progress | None,
    save: Callable[[], None],
) -> float:
    """The rest of one pass in a seeded order; the mean place loss of the whole pass."""
    model.network.train()
    told = time.perf_counter()
    for index in list(data.order(model.config, state.epoch))[state.batch :]:
        began = time.perf_counter()
        one = chunk_batches(data, model.config, index)
        output = model.network(one.batch, data.table, one.wide)
        loss, losses = objective(output, one, model.config)
        steps.step(loss)
        state.batch += 1
        state.total += float(losses.detach().sum())
        state.count += len(losses)
        state.seconds += time.perf_counter() - began
        if model.config.save_steps and state.batch % model.config.save_steps == 0:
            save()
        if progress is not None and time.perf_counter() - told > 1:
            told = time.perf_counter()
            done = state.batch / steps.per_epoch
            loss_so_far = state.total / max(state.count, 1)
            progress({"epoch": state.epoch, "done": done, "train_loss": loss_so_far})
    return state.total / max(state.count, 1)


def _copy(network: Network) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in network.state_dict().items()}
