"""Training: from the sequences table to a model and its curves.

Here belong the loop, the schedule and early stopping.  What is minimised is in `losses`, the
architecture in `network`, the settings in `config`, the inference path in `pointer`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from models_ml.config import TrainConfig
from models_ml.data.corpus import Corpus, encode, queries_for_rows, target_rows
from models_ml.data.gaps import gap_hours
from models_ml.errors import ModelError, TooFewEvents
from models_ml.evaluation.evaluate import BATCH
from models_ml.evaluation.rank import expected_ranks
from models_ml.pretraining.transfer import Pretrained, Transfer, begin_from
from models_ml.transformer.chunks import Chunk, Trainset, chunk_batches, trainset
from models_ml.transformer.losses import objective
from models_ml.transformer.network import Network, Output, Shape, plain_kernels
from models_ml.transformer.pointer import PointerTransformer
from models_ml.transformer.windows import Vocabulary, kilometres

NEEDED_TRAIN, NEEDED_VAL = 200, 20
Progress = Callable[[dict[str, float]], None]
Loss = Callable[[Output, Chunk, TrainConfig], tuple[Tensor, Tensor]]


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
) -> Trained:
    """Train on split `train`, stop early on `val`; `test` is never looked at.

    `progress` gets one dict a step of about a second (`epoch`, `done` 0..1, `train_loss`) and one
    an epoch (the row of the curve).  Raises `TooFewEvents` with what is needed and `ModelError`
    if the loss stops being finite.
    """
    corpus = sequences if isinstance(sequences, Corpus) else encode(sequences)
    return fit(corpus, config or TrainConfig(), progress)


def fit(
    corpus: Corpus,
    config: TrainConfig,
    progress: Progress | None = None,
    start: Pretrained | None = None,
) -> Trained:
    """`train` for an encoded corpus, from fresh weights or from pre-trained ones."""
    val_rows = _enough(corpus, config)
    torch.manual_seed(config.seed)
    model = build(corpus, config)
    transfer = None if start is None else begin_from(model, start)
    trained = _train(model, corpus, config, val_rows, progress, objective)
    return replace(trained, transfer=transfer)


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
    return _train(model, corpus, config, val_rows, progress, loss)


def _enough(corpus: Corpus, config: TrainConfig) -> np.ndarray:
    """The rows of val that early stopping measures; raises `TooFewEvents` when there are few."""
    val_rows = target_rows(corpus, "val", max_targets=config.max_val_targets, seed=config.seed)
    found = int(((corpus.split == 0) & (corpus.item >= 0)).sum())
    if found < NEEDED_TRAIN:
        raise TooFewEvents("train events with a place", needed=NEEDED_TRAIN, found=found)
    if len(val_rows) < NEEDED_VAL:
        raise TooFewEvents("val events with a place", needed=NEEDED_VAL, found=len(val_rows))
    return val_rows


def _train(
    model: PointerTransformer,
    corpus: Corpus,
    config: TrainConfig,
    val_rows: np.ndarray,
    progress: Progress | None,
    loss: Loss,
) -> Trained:
    """Epochs until val stops getting better."""
    torch.set_num_threads(config.threads)
    data = trainset(corpus, model.vocabulary, config)
    curves, best = [], math.inf
    kept = _copy(model.network)
    steps = Steps(model.network, config, len(list(data.order(config, 0))))
    for epoch in range(1, config.epochs + 1):
        began = time.perf_counter()
        with plain_kernels():
            train_loss = _epoch(model, data, steps, epoch, progress, loss)
        val_loss, val_acc1 = validate(model, corpus, val_rows)
        row = {
            "epoch": epoch,
            "train_loss": train_loss,
            "val_loss": val_loss,
            "val_acc1": val_acc1,
            "lr": steps.lr,
            "seconds": time.perf_counter() - began,
        }
        curves.append(row)
        if progress is not None:
            progress(row)
        if val_loss < best:
            best, kept, since = val_loss, _copy(model.network), 0
        else:
            since += 1
            if since >= config.patience:
                break
    model.network.load_state_dict(kept)
    model.network.eval()
    return Trained(model.calibrated(corpus), curves, config)


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
        cells=len(vocabulary.cells),
        gaps=0 if config.time_aware else len(vocabulary.gap_edges),
    )
    index = {str(name): code for code, name in enumerate(corpus.items)}
    codes = np.array([index[name] for name in vocabulary.items])
    latitude, longitude = corpus.item_latitude[codes], corpus.item_longitude[codes]
    points = kilometres(latitude, longitude, vocabulary.centre)
    network = Network(shape, torch.from_numpy(points))
    if network.to_gaps is not None:
        network.to_gaps.prepare(vocabulary.gap_bins, gap_hours(corpus)[corpus.split == 0])
    return PointerTransformer(config, vocabulary, network)


class Steps:
    """The optimiser with a linear warm-up and a cosine fall; biases, norms and embeddings are not
    decayed.
    """

    def __init__(self, network: Network, config: TrainConfig, per_epoch: int) -> None:
        decayed = [p for n, p in network.named_parameters() if p.ndim > 1 and "items" not in n]
        others = [p for n, p in network.named_parameters() if p.ndim <= 1 or "items" in n]
        groups = [
            {"params": decayed, "weight_decay": config.weight_decay},
            {"params": others, "weight_decay": 0.0},
        ]
        self.optimiser = torch.optim.AdamW(groups, lr=config.lr, betas=(0.9, 0.98))
        self.network, self.config = network, config
        self.total = max(per_epoch * config.epochs, 1)
        self.done, self.per_epoch, self.lr = 0, per_epoch, 0.0

    def step(self, loss: Tensor) -> None:
        """One update; raises `ModelError` when the loss is not finite."""
        if not torch.isfinite(loss):
            raise ModelError(
                f"the training loss is {loss.item()} at step {self.done}",
                where="train",
                fix="a lower lr",
            )
        self.done += 1
        self.lr = self.config.lr * schedule(self.done / self.total, self.config.warmup)
        for group in self.optimiser.param_groups:
            group["lr"] = self.lr
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()


def schedule(done: float, warmup: float) -> float:
    """Share of the peak rate after `done` (0..1) of all steps: linear up to `warmup`, then a
    cosine to 2%.
    """
    if done < warmup:
        return done / warmup
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min((done - warmup) / (1 - warmup), 1.0)))


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
    epoch: int,
    progress: Progress | None,
    objective: Loss,
) -> float:
    """One pass in a seeded order; the mean place loss."""
    model.network.train()
    total, count, told = 0.0, 0, time.perf_counter()
    for number, one in enumerate(_batches(data, steps.config, epoch), start=1):
        output = model.network(one.batch, data.table, one.wide)
        loss, losses = objective(output, one, steps.config)
        steps.step(loss)
        total += float(losses.detach().sum())
        count += len(losses)
        if progress is not None and time.perf_counter() - told > 1:
            told = time.perf_counter()
            done = number / steps.per_epoch
            progress({"epoch": epoch, "done": done, "train_loss": total / max(count, 1)})
    return total / max(count, 1)


def _batches(data: Trainset, config: TrainConfig, epoch: int) -> Iterator[Chunk]:
    for index in data.order(config, epoch):
        yield chunk_batches(data, config, index)


def _copy(network: Network) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in network.state_dict().items()}
