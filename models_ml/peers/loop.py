"""Training of the neural peers: one loop for all, from the start or from where a model stands.

Here belong the loop, the optimiser and early stopping on val.  What a step reads is made in
`pieces`; the encoders are in `recurrent` and `attention`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from models_ml.columns import BERT4REC, GRU, LSTM, SASREC, ST_LSTM
from models_ml.config import PeerConfig
from models_ml.data.corpus import Corpus, queries_for_rows, target_rows
from models_ml.data.tiles import tiles
from models_ml.errors import TooFewEvents
from models_ml.evaluation.rank import expected_ranks
from models_ml.peers.attention import Bert4rec, Sasrec
from models_ml.peers.inputs import table_of
from models_ml.peers.model import SequenceModel
from models_ml.peers.network import PeerNetwork
from models_ml.peers.pieces import Asked, batches, cut, is_later, masked_events, next_events
from models_ml.peers.recurrent import Recurrent, SpatioTemporalLstm
from models_ml.peers.softmax import full_softmax, sampled_softmax
from models_ml.transformer.negatives import Negatives
from models_ml.transformer.network import Sampled, plain_kernels
from models_ml.transformer.steps import Steps
from models_ml.transformer.train import NEEDED_TRAIN, NEEDED_VAL
from models_ml.transformer.windows import Vocabulary

# What is known is moved gently: at the full rate a few new rows undo it.
UPDATE_RATE = 0.3
Progress = Callable[[dict[str, float]], None]
Curves = list[dict[str, float]]

ENCODERS: dict[str, Callable[[PeerConfig], nn.Module]] = {
    LSTM: lambda c: Recurrent(nn.LSTM, c.d_model, c.layers, c.dropout),
    GRU: lambda c: Recurrent(nn.GRU, c.d_model, c.layers, c.dropout),
    ST_LSTM: lambda c: SpatioTemporalLstm(c.d_model, c.layers, c.dropout),
    SASREC: lambda c: Sasrec(c.d_model, c.heads, c.layers, c.window, c.dropout),
    BERT4REC: lambda c: Bert4rec(c.d_model, c.heads, c.layers, c.window, c.dropout),
}


def train_peer(
    name: str, corpus: Corpus, config: PeerConfig, progress: Progress | None = None
) -> tuple[SequenceModel, Curves]:
    """Train a peer on split `train`, stop early on `val`; `test` is never looked at.

    Returns the model and one row of `columns.CURVE_COLUMNS` an epoch; raises `TooFewEvents` with
    what is needed, and `ModelError` if the loss stops being finite.
    """
    rows = np.flatnonzero(corpus.split == 0)
    _check_enough(corpus, rows, NEEDED_TRAIN)
    torch.manual_seed(config.seed)
    model = build(name, corpus, config)
    return _trained(model, corpus, rows, math.inf, progress)


def continue_peer(
    model: SequenceModel, corpus: Corpus, progress: Progress | None = None
) -> tuple[SequenceModel, Curves]:
    """Train on, at a lower rate, from the weights of a model on the train rows newer than it saw.

    The weights it comes with count as the first epoch's: where nothing learned since does better
    on val, they stay.  The model itself is left as it is.
    """
    rows = np.flatnonzero((corpus.split == 0) & (corpus.at > model.seen))
    if not len(rows):
        return model, []
    _check_enough(corpus, rows, 1)
    torch.manual_seed(model.config.seed)
    vocabulary = grown(model.vocabulary, corpus)
    network = network_for(model.name, model.vocabulary, model.config)
    network.load_state_dict(model.network.state_dict())
    network.grow(len(vocabulary.items), len(vocabulary.kinds))
    newer = replace(model, vocabulary=vocabulary, network=network, seen=_newest(corpus, rows))
    before = validate(newer, corpus, _val_rows(corpus, model.config))[0]
    return _trained(newer, corpus, rows, before, progress, UPDATE_RATE)


def build(name: str, corpus: Corpus, config: PeerConfig) -> SequenceModel:
    """An untrained model for the train split of a corpus."""
    vocabulary = Vocabulary.of_training(corpus)
    newest = _newest(corpus, np.flatnonzero(corpus.split == 0))
    return SequenceModel(name, config, vocabulary, network_for(name, vocabulary, config), newest)


def network_for(name: str, vocabulary: Vocabulary, config: PeerConfig) -> PeerNetwork:
    """An untrained network of a peer."""
    sizes = len(vocabulary.items), len(vocabulary.kinds)
    return PeerNetwork(*sizes, config.d_model, config.dropout, ENCODERS[name](config))


def grown(vocabulary: Vocabulary, corpus: Corpus) -> Vocabulary:
    """A vocabulary with the places and types of the train split that it lacks, behind its own."""
    now = Vocabulary.of_training(corpus)

    def longer(known: list[str], found: list[str]) -> list[str]:
        return known + [name for name in found if name not in set(known)]

    return replace(
        vocabulary,
        items=longer(vocabulary.items, now.items),
        kinds=longer(vocabulary.kinds, now.kinds),
    )


def validate(model: SequenceModel, corpus: Corpus, rows: np.ndarray) -> tuple[float, float]:
    """(mean -log probability of the target, Acc@1) on rows, through the inference path."""
    queries = queries_for_rows(corpus, rows, time_given=model.config.time_aware)
    losses, hits = [], []
    for tile in tiles(len(queries), len(corpus.items)):
        part = queries.take(tile)
        scores, target = model.score(corpus, part), corpus.item[part.row]
        losses.append(-np.log(np.maximum(scores[np.arange(len(part)), target], 1e-9)))
        hits.append(expected_ranks(scores, target) <= 1)
    return float(np.concatenate(losses).mean()), float(np.concatenate(hits).mean())


def _trained(
    model: SequenceModel,
    corpus: Corpus,
    rows: np.ndarray,
    best: float,
    progress: Progress | None,
    rate: float = 1.0,
) -> tuple[SequenceModel, Curves]:
    """The loop: epochs over rows until val has not improved on `best` for `patience` of them."""
    config, network = model.config, model.network
    torch.set_num_threads(config.threads)
    kept, curves, since = _copy(network), [], 0
    first = list(batches(cut(corpus, rows, config, 0), config.batch, (config.seed, 0)))
    steps = steps_of(network, replace(config, lr=rate * config.lr), len(first))
    negatives = Negatives.of(corpus, model.vocabulary)
    for epoch in range(1, config.epochs + 1):
        began = time.perf_counter()
        with plain_kernels():
            train_loss = _epoch(model, corpus, rows, steps, epoch, negatives)
        val_loss, val_acc1 = validate(model, corpus, _val_rows(corpus, config))
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
            best, kept, since = val_loss, _copy(network), 0
        else:
            since += 1
            if since >= config.patience:
                break
    network.load_state_dict(kept)
    network.eval()
    return model, curves


def steps_of(network: PeerNetwork, config: PeerConfig, per_epoch: int) -> Steps:
    """The optimiser's steps; the embeddings of places and types do not decay."""
    return Steps(network, config, per_epoch, tables=("items", "kinds"), fused=True)


def objective(
    network: PeerNetwork, one: Asked, config: PeerConfig, sampled: Sampled | None = None
) -> tuple[Tensor, float, int]:
    """(what is minimised, mean place loss, number of places asked for); only the states of real
    questions reach the softmax, which is over all places or those sampled.
    """
    states = network(one.inputs).flatten(0, 1)
    kinds = network.to_kinds(states[one.kind_at])
    loss = states.new_zeros(())
    if len(one.kind):
        loss = config.event_loss_weight * nn.functional.cross_entropy(kinds, one.kind)
    if not len(one.place):
        return loss, 0.0, 0
    asked = states[one.place_at], network.places, one.place
    places = sampled_softmax(*asked, sampled) if sampled else full_softmax(*asked)
    return loss + places, float(places.detach()), len(one.place)


def _epoch(
    model: SequenceModel,
    corpus: Corpus,
    rows: np.ndarray,
    steps: Steps,
    epoch: int,
    negatives: Negatives | None,
) -> float:
    """One pass in a seeded order; the mean place loss."""
    model.network.train()
    total, count = 0.0, 0
    for one in batches_of(model, corpus, rows, epoch):
        sampled = None
        if negatives:
            sampled = negatives.sampled(one.place.numpy(), (model.config.seed, steps.done))
        loss, mean, asked = objective(model.network, one, model.config, sampled)
        steps.step(loss)
        total, count = total + mean * asked, count + asked
    return total / max(count, 1)


def batches_of(
    model: SequenceModel, corpus: Corpus, rows: np.ndarray, epoch: int
) -> Iterator[Asked]:
    """The batches of an epoch."""
    config = model.config
    table = table_of(corpus, model.vocabulary, model.reads_steps)
    later, seed = is_later(corpus), (config.seed, epoch)
    rng = np.random.default_rng((*seed, 1))
    for part in batches(cut(corpus, rows, config, epoch), config.batch, seed):
        if model.fills_in:
            yield masked_events(table, corpus, part, config, rng)
        else:
            yield next_events(table, corpus, later, part, config)


def _newest(corpus: Corpus, rows: np.ndarray) -> int:
    return int(corpus.at[rows].max())


def _val_rows(corpus: Corpus, config: PeerConfig) -> np.ndarray:
    return target_rows(corpus, "val", max_targets=config.max_val_targets, seed=config.seed)


def _check_enough(corpus: Corpus, rows: np.ndarray, needed: int) -> None:
    found = int((corpus.item[rows] >= 0).sum())
    if found < needed:
        raise TooFewEvents("train events with a place", needed=needed, found=found)
    found = len(target_rows(corpus, "val"))
    if found < NEEDED_VAL:
        raise TooFewEvents("val events with a place", needed=NEEDED_VAL, found=found)


def _copy(network: PeerNetwork) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in network.state_dict().items()}
