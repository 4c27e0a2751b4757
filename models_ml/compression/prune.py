"""Structured pruning: heads, hidden units and coordinates taken out of a trained network.

Here belong the importance of units, the cutting of the matrices and the choice of how much goes.
What is left is an ordinary network with smaller matrices, which `checkpoint` saves and loads.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from models_ml.config import TrainConfig
from models_ml.data.corpus import Corpus, queries_for_rows, target_rows
from models_ml.errors import ModelError
from models_ml.evaluation.evaluate import answer
from models_ml.transformer.chunks import chunk_batches, trainset
from models_ml.transformer.losses import objective
from models_ml.transformer.network import Network, Shape, plain_kernels
from models_ml.transformer.pointer import PointerTransformer
from models_ml.transformer.train import improve

# What can be cut, by the name of its size in `Shape`.
UNITS = ("heads", "feed", "pointer", "bias", "d_model")
SHARES = (0.75, 0.5, 0.375, 0.25)
# What of val's MRR may be given up.
COST = 0.01
BATCHES = 24


@dataclass(frozen=True)
class Pruned:
    """The smaller model, the share of each kind of unit it keeps, and for every share that was
    tried, in order, (share, MRR on val after tuning); the first is the full model's.
    """

    model: PointerTransformer
    share: float
    tried: list[tuple[float, float]]


def prune(
    model: PointerTransformer,
    corpus: Corpus,
    tuning: TrainConfig,
    shares: Sequence[float] = SHARES,
    cost: float = COST,
) -> Pruned:
    """The smallest model, over falling shares, whose MRR on val is at least (1 - cost) of the full
    one's; the full one if none is.

    Each share is cut from the model of the share before, and tuned by `tuning` on split train
    before it is measured; the first one that loses too much ends the search.  The model keeps the
    settings that it was first trained with, so its `fit` trains a full one.
    """
    enough = val_mrr(model, corpus)
    tried = [(1.0, enough)]
    kept, share = model, 1.0
    for one in shares:
        sizes = _sizes(model.network.shape, one)
        smaller = cut(kept, importance(kept, corpus, tuning), sizes)
        improve(smaller, corpus, tuning)
        tried.append((one, val_mrr(smaller, corpus)))
        if tried[-1][1] < (1 - cost) * enough:
            break
        kept, share = smaller, one
    return Pruned(kept, share, tried)


def importance(
    model: PointerTransformer, corpus: Corpus, config: TrainConfig
) -> dict[str, np.ndarray]:
    """For each kind of unit, how much the loss feels each one: mean |d loss / d gate| over batches
    of train, the gate being a factor 1 on what the unit hands on (Michel et al., "Are Sixteen Heads
    Really Better than One?", 2019, who take it for heads; the mean is over batches, not instances).

    The derivative is read off the weights behind the gate: it is the sum of weight x gradient.
    """
    network = copy.deepcopy(model.network).eval()
    data = trainset(corpus, model.vocabulary, config)
    places = {unit: axes(network.shape, unit) for unit in UNITS}
    total = {unit: np.zeros(getattr(network.shape.resolved(), unit)) for unit in UNITS}
    for number, index in enumerate(data.order(config, 0)):
        if number == BATCHES:
            break
        one = chunk_batches(data, config, index)
        network.zero_grad(set_to_none=True)
        with plain_kernels():
            objective(network(one.batch, data.table, one.wide), one, config)[0].backward()
        for unit in UNITS:
            total[unit] += _felt(network, unit, places[unit], len(total[unit]))
    return total


def cut(
    model: PointerTransformer, scores: dict[str, np.ndarray], sizes: dict[str, int]
) -> PointerTransformer:
    """A model with the `sizes` most important units of each kind, in their old order; the one
    given is left alone.
    """
    shape = model.network.shape.resolved()
    tensors = dict(model.network.state_dict())
    for unit, size in sizes.items():
        count = getattr(shape, unit)
        if not 1 <= size <= count:
            raise ModelError(f"{size} of {count} units cannot be kept", where=f"prune, {unit}")
        chosen = np.sort(np.argsort(-scores[unit], kind="stable")[:size])
        for name, found in axes(shape, unit).items():
            for axis, repeats in found.items():
                index = _index(chosen, count, repeats, tensors[name].shape[axis], unit)
                tensors[name] = tensors[name].index_select(axis, torch.from_numpy(index))
        if unit == "pointer":
            # The network divides by the root of this width: what is left should weigh as before.
            for part in ("weight", "bias"):
                name = f"point_query.{part}"
                tensors[name] = tensors[name] * (size / count) ** 0.5
        shape = replace(shape, **{unit: size})
    network = Network(shape, tensors["item_points"])
    network.load_state_dict(tensors)
    name = model.name if model.name.endswith("_pruned") else f"{model.name}_pruned"
    return replace(model, network=network.eval(), name=name)


def axes(shape: Shape, unit: str) -> dict[str, dict[int, int]]:
    """Which axes of which tensors follow the number of units, and how many entries one unit has
    there: found by building the network one unit larger, so no list of layers can go stale.
    """
    full = shape.resolved()
    larger = replace(full, **{unit: getattr(full, unit) + 1})
    with torch.device("meta"):
        small, large = (
            dict(Network(one, torch.zeros(one.items, 4)).state_dict()) for one in (full, larger)
        )
    found: dict[str, dict[int, int]] = {}
    for name, value in small.items():
        for axis, (a, b) in enumerate(zip(value.shape, large[name].shape, strict=True)):
            if b > a:
                found.setdefault(name, {})[axis] = b - a
    return found


def val_mrr(model: PointerTransformer, corpus: Corpus) -> float:
    """MRR on the sample of val that early stopping measures too."""
    config = model.config
    rows = target_rows(corpus, "val", max_targets=config.max_val_targets, seed=config.seed)
    queries = queries_for_rows(corpus, rows, time_given=config.time_aware)
    return float((1 / answer(model, corpus, queries).ranks).mean())


def _sizes(shape: Shape, share: float) -> dict[str, int]:
    """Units of each kind at a share of the full shape, at least one."""
    full = shape.resolved()
    return {unit: max(round(share * getattr(full, unit)), 1) for unit in UNITS}


def _felt(network: Network, unit: str, places: dict[str, dict[int, int]], count: int) -> np.ndarray:
    """|d loss / d gate| of each unit of one kind, (count,).

    What reads a unit has it on axis 1 of its matrix.  Nothing reads the pointers' vectors but their
    product, so their gate is on axis 0 of what makes the one side.
    """
    total = torch.zeros(count)
    for name, value in network.named_parameters():
        axis = 0 if unit == "pointer" else 1
        is_gate = name.startswith("point_query") if unit == "pointer" else value.ndim == 2
        if not is_gate or axis not in places.get(name, {}) or value.grad is None:
            continue
        product = (value.detach() * value.grad).movedim(axis, 0)
        total += _by_unit(product.reshape(len(product), -1).sum(1), count, places[name][axis], unit)
    return total.abs().numpy()


def _by_unit(values: Tensor, count: int, repeats: int, unit: str) -> Tensor:
    """Entries along an axis summed by unit; entries after the units' own are left out."""
    own = values[: count * repeats]
    is_run = unit == "heads"
    return own.view(count, repeats).sum(1) if is_run else own.view(repeats, count).sum(0)


def _index(chosen: np.ndarray, count: int, repeats: int, length: int, unit: str) -> np.ndarray:
    """Entries of an axis to keep: a head's are one run, other units' lie in blocks of all units;
    what follows them on the axis stays.
    """
    block = np.arange(repeats)
    if unit == "heads":
        own = (chosen[:, None] * repeats + block[None, :]).ravel()
    else:
        own = (block[:, None] * count + chosen[None, :]).ravel()
    return np.concatenate([own, np.arange(count * repeats, length)])
