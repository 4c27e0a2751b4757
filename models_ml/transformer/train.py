"""Training: from the sequences table to a model and its curves.

Here belong the loop and early stopping.  What is minimised is in `losses`, how a step is taken in
`steps`, what outlives a kill in `resume`, the architecture in `network`, the settings in `config`,
the inference path in `pointer`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from models_ml.config import TrainConfig
from models_ml.data.corpus import Corpus, encode, queries_for_rows, target_rows
from models_ml.data.gaps import gap_hours
from models_ml.data.tiles import tiles
from models_ml.errors import TooFewEvents
from models_ml.evaluation.rank import expected_ranks
from models_ml.language.vectors import described
from models_ml.pretraining.transfer import Pretrained, Transfer, begin_from
from models_ml.transformer.augment import augmented
from models_ml.transformer.chunks import Chunk, Trainset, chunk_batches, trainset
from models_ml.transformer.devices import chosen, mixed, moved
from models_ml.transformer.losses import COUNTED, counts, objective
from models_ml.transformer.negatives import Negatives
from models_ml.transformer.network import Network, Output, Shape, plain_kernels
from models_ml.transformer.pointer import PointerTransformer
from models_ml.transformer.ranks import ALONE, Ranks
from models_ml.transformer.resume import State, identity, read, write
from models_ml.transformer.steps import Steps
from models_ml.transformer.windows import Tokens, Vocabulary, kilometres

NEEDED_TRAIN, NEEDED_VAL = 200, 20
Progress = Callable[[dict[str, float]], None]
Loss = Callable[[Output, Chunk, TrainConfig, Mapping[str, int] | None], tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Trained:
    """A model, one row of `columns.CURVE_COLUMNS` an epoch, the settings of its training, and what
    it took over where it began from a pre-trained one.
    """

    model: PointerTransformer
    curves: list[dict[str, float]]
    config: TrainConfig
    transfer: Transfer | None = None

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
    return fit(corpus, config or TrainConfig(), progress, resume=resume)


def fit(
    corpus: Corpus,
    config: TrainConfig,
    progress: Progress | None = None,
    start: Pretrained | None = None,
    resume: Path | None = None,
    ranks: Ranks = ALONE,
) -> Trained:
    """`train` for an encoded corpus, from fresh weights or from pre-trained ones.

    With `resume` it leaves its state in that folder, and goes on from the state found there; with
    `ranks` it shares the work with other processes.
    """
    val_rows = _enough(corpus, config)
    torch.manual_seed(config.seed)
    model = build(corpus, config)
    transfer = None if start is None else begin_from(model, start)
    data = _cut(model, corpus, config)
    curves = learn(model, data, val_rows, config, progress, resume=resume, ranks=ranks)
    return Trained(_finished(model, corpus), curves, config, transfer)


def improve(
    model: PointerTransformer,
    corpus: Corpus,
    config: TrainConfig,
    progress: Progress | None = None,
    loss: Loss = objective,
) -> Trained:
    """Train a model on from where it is, in place; it is left as it was after its best epoch.

    `config` is of this training alone, and must ask for the model's own task and window: the model
    keeps its settings.  Raises as `train` does.
    """
    val_rows = _enough(corpus, config)
    torch.manual_seed(config.seed)
    curves = learn(model, _cut(model, corpus, config), val_rows, config, progress, loss)
    return Trained(_finished(model, corpus), curves, config)


def _enough(corpus: Corpus, config: TrainConfig) -> np.ndarray:
    """The rows of val that early stopping measures; raises `TooFewEvents` when there are few."""
    val_rows = target_rows(corpus, "val", max_targets=config.max_val_targets, seed=config.seed)
    found = int(((corpus.split == 0) & (corpus.item >= 0)).sum())
    if found < NEEDED_TRAIN:
        raise TooFewEvents("train events with a place", needed=NEEDED_TRAIN, found=found)
    if len(val_rows) < NEEDED_VAL:
        raise TooFewEvents("val events with a place", needed=NEEDED_VAL, found=len(val_rows))
    return val_rows


def _cut(model: PointerTransformer, corpus: Corpus, config: TrainConfig) -> Trainset:
    """The train split as the model reads it."""
    torch.set_num_threads(config.threads)
    return trainset(corpus, model.vocabulary, config)


def _finished(model: PointerTransformer, corpus: Corpus) -> PointerTransformer:
    """A trained model that says what it has learnt, calibrated on val."""
    model.learnt = newest_train(corpus)
    return model.calibrated(corpus)


def learn(
    model: PointerTransformer,
    data: Trainset,
    val_rows: np.ndarray,
    config: TrainConfig,
    progress: Progress | None = None,
    loss: Loss = objective,
    *,
    resume: Path | None = None,
    ranks: Ranks = ALONE,
    best: float = math.inf,
) -> list[dict[str, float]]:
    """Train a model in place for the epochs of `config`, keep the weights that were best on
    val (those given, if none gets below the loss `best`), and return the curve.
    """
    run = _Run(model, data, config, progress if ranks.is_first else None, loss, resume, ranks)
    state = run.state
    state.best = min(state.best, best)
    while state.epoch <= config.epochs and state.since < config.patience:
        with plain_kernels():
            train_loss = run.epoch()
        began = time.perf_counter()
        found = validate(model, data.corpus, val_rows) if ranks.is_first else (0.0, 0.0)
        val_loss, val_acc1 = ranks.as_first(list(found), run.device)
        row = {
            "epoch": state.epoch,
            "train_loss": train_loss,
            "val_loss": val_loss,
            "val_acc1": val_acc1,
            "lr": run.steps.lr,
            "seconds": state.seconds + time.perf_counter() - began,
        }
        _close(state, row, model.network)
        run.save()
        if run.progress is not None:
            run.progress(row)
    model.network.load_state_dict(state.kept)
    model.network.to("cpu").eval()
    return state.curves


class _Run:
    """A training under way: the model, what it learns from, and where it stands."""

    def __init__(
        self,
        model: PointerTransformer,
        data: Trainset,
        config: TrainConfig,
        progress: Progress | None,
        loss: Loss,
        resume: Path | None,
        ranks: Ranks,
    ) -> None:
        self.model, self.data, self.progress, self.ranks = model, data, progress, ranks
        self.config, self.loss, self.resume = config, loss, resume
        self.device = chosen(config.device)
        model.network.to(self.device)
        self.table = moved(data.table, self.device)
        # Another loss than ours may ask for any place, so it gets all of them.
        self.negatives = (
            Negatives.of(data.corpus, model.vocabulary, config.softmax_sample)
            if loss is objective
            else None
        )
        self.steps = Steps(model.network, self.config, len(list(data.order(self.config, 0))))
        self.state = State(kept=_copy(model.network))
        self.parts = self.config.accumulate * ranks.size
        if resume:
            shared = replace(self.config, accumulate=self.parts, device=self.device.type)
            self.about = identity(data.corpus, model.network, shared)
            self.state = read(resume, self.about, self.steps) or self.state
            ranks.wait()

    def save(self) -> None:
        """Keep the state, where it is to be kept."""
        if self.resume and self.ranks.is_first:
            write(self.resume, self.about, self.state, self.steps)

    def epoch(self) -> float:
        """The rest of one pass in a seeded order; the mean place loss of the whole pass."""
        self.model.network.train()
        state, every, told = self.state, self.config.save_steps, time.perf_counter()
        data = augmented(self.data, self.model.vocabulary, self.config, state.epoch)
        table = self.table if data is self.data else moved(data.table, self.device)
        for index in list(self.data.order(self.config, state.epoch))[state.batch :]:
            began = time.perf_counter()
            total, count = self._step(index, data, table)
            state.batch += 1
            state.total += total
            state.count += count
            state.seconds += time.perf_counter() - began
            if every and state.batch % every == 0:
                self.save()
            if self.progress is not None and time.perf_counter() - told > 1:
                told = time.perf_counter()
                done = state.batch / self.steps.per_epoch
                loss = state.total / max(state.count, 1)
                self.progress({"epoch": state.epoch, "done": done, "train_loss": loss})
        return state.total / max(state.count, 1)

    def _step(self, index: np.ndarray, data: Trainset, table: Tokens) -> tuple[float, int]:
        """One update from one batch; (the sum of its place losses, how many there are)."""
        mine = self.ranks.parts(index, self.config.accumulate)
        ones = [(n, self._read(n, data, part)) for n, part in mine]
        whole = self._counts([one for _, one in ones]) if self.parts > 1 else None
        sums = torch.zeros(2, dtype=torch.float64, device=self.device)
        for number, one in ones:
            if self.parts > 1 or self.device.type == "cuda":
                torch.manual_seed(_seed(self.config.seed, self.steps.done, number))
            there = moved(one, self.device)
            with mixed(self.device):
                output = self.model.network(there.batch, table, there.wide, there.sampled)
            loss, losses = self.loss(output, there, self.config, whole)
            self.steps.add(loss)
            sums += torch.stack([losses.detach().sum(), losses.new_tensor(len(losses))])
        self.steps.update(self.ranks)
        total, count = self.ranks.total(sums).tolist()
        return total, int(count)

    def _read(self, number: int, data: Trainset, part: np.ndarray) -> Chunk:
        """The chunks of a part as one batch, over a sample of the places where there are many."""
        one = chunk_batches(data, self.config, part)
        if self.negatives is None:
            return one
        return self.negatives.narrowed(one, (self.config.seed, self.steps.done, number))

    def _counts(self, ones: list[Chunk]) -> dict[str, int]:
        """The questions of the whole batch by loss, over all parts and ranks."""
        found = [counts(one, self.model.network.shape) for one in ones]
        own = [sum(one[name] for one in found) for name in COUNTED]
        total = self.ranks.total(torch.tensor(own, dtype=torch.int64, device=self.device))
        return dict(zip(COUNTED, total.tolist(), strict=True))


def _seed(seed: int, step: int, part: int) -> int:
    """Dropout's seed of a part, which is the same whichever process computes it."""
    return int(np.random.default_rng((seed, step, part)).integers(2**63))


def _close(state: State, row: dict[str, float], network: Network) -> None:
    """Note an epoch that is over, and begin the next."""
    state.curves.append(row)
    if row["val_loss"] < state.best:
        state.best, state.kept, state.since = row["val_loss"], _copy(network), 0
    else:
        state.since += 1
    state.epoch += 1
    state.batch, state.total, state.count, state.seconds = 0, 0.0, 0, 0.0


def newest_train(corpus: Corpus) -> int:
    """The moment of the newest event of split `train` (microseconds, UTC)."""
    return int(corpus.at[corpus.split == 0].max())


def build(corpus: Corpus, config: TrainConfig) -> PointerTransformer:
    """An untrained model for the train split of a corpus; raises as `language.loader.load` does
    where the settings ask for texts.
    """
    vocabulary = Vocabulary.of_training(corpus)
    texts = None
    if config.texts:
        texts = described(vocabulary, corpus, config.texts, config.text_components)
    width, components = texts[0].directions.shape if texts else (0, 0)
    shape = Shape(
        items=len(vocabulary.items),
        kinds=len(vocabulary.kinds),
        categories=len(vocabulary.categories),
        d_model=config.d_model,
        heads=config.heads,
        dropout=config.dropout,
        cells=len(vocabulary.cells),
        gaps=0 if config.time_aware else len(vocabulary.gap_edges),
        texts=components,
        text_width=width,
    )
    index = {str(name): code for code, name in enumerate(corpus.items)}
    codes = np.array([index[name] for name in vocabulary.items])
    latitude, longitude = corpus.item_latitude[codes], corpus.item_longitude[codes]
    points = kilometres(latitude, longitude, vocabulary.centre)
    network = Network(shape, torch.from_numpy(points))
    if network.to_gaps is not None:
        network.to_gaps.prepare(vocabulary.gap_bins, gap_hours(corpus)[corpus.split == 0])
    if network.texts is not None and texts:
        network.texts.prepare(*texts)
    return PointerTransformer(config, vocabulary, network)


def validate(model: PointerTransformer, corpus: Corpus, rows: np.ndarray) -> tuple[float, float]:
    """(mean -log probability of the target, Acc@1) on rows, through the inference path."""
    queries = queries_for_rows(corpus, rows, time_given=model.config.time_aware)
    losses, hits = [], []
    for tile in tiles(len(queries), len(corpus.items)):
        part = queries.take(tile)
        scores = model.score(corpus, part)
        target = corpus.item[part.row]
        losses.append(-np.log(np.maximum(scores[np.arange(len(part)), target], 1e-9)))
        hits.append(expected_ranks(scores, target) <= 1)
    return float(np.concatenate(losses).mean()), float(np.concatenate(hits).mean())


def _copy(network: Network) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in network.state_dict().items()}
