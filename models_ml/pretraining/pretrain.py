"""Pre-training on the sequences of several sources at once.

Here belong their union and the loop.  The questions are in `objectives`, what another model takes
over in `transfer`.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import torch

from models_ml.config import TrainConfig
from models_ml.data.corpus import Corpus, encode
from models_ml.errors import ModelError
from models_ml.pretraining.objectives import (
    MASKED_EVENT,
    NEXT_EVENT,
    OBJECTIVES,
    Batches,
    masked_events,
    next_events,
)
from models_ml.pretraining.transfer import Pretrained
from models_ml.transformer.losses import objective as losses_of
from models_ml.transformer.network import plain_kernels
from models_ml.transformer.steps import Steps
from models_ml.transformer.train import build

MAKERS = {NEXT_EVENT: next_events, MASKED_EVENT: masked_events}
OWN_NAMES = ("event_id", "user_id", "item_id")


def union(tables: Mapping[str, pd.DataFrame]) -> Corpus:
    """The train rows of several `sequences` tables as one corpus.

    Events, users and places are kept apart by the source's name; types and categories are shared
    where their names are equal.  Raises `ModelError` where there is no source.
    """
    if not tables:
        raise ModelError("no source to pre-train on", where="pretraining.union")
    parts = []
    for source, table in tables.items():
        part = table[table["split"] == "train"].copy()
        for name in OWN_NAMES:
            part[name] = (source + ":" + part[name].astype(str)).where(part[name].notna(), None)
        parts.append(part)
    return encode(pd.concat(parts, ignore_index=True))


def pretrain(
    tables: Mapping[str, pd.DataFrame], config: TrainConfig, objective: str = NEXT_EVENT
) -> Pretrained:
    """Train a network on the train rows of all sources for `config.epochs`; no val stops it.

    Raises `ModelError` for an unknown objective and when the loss stops being finite.
    """
    if objective not in OBJECTIVES:
        raise ModelError(
            f"no objective is called {objective!r}", fix=f"one of {', '.join(OBJECTIVES)}"
        )
    corpus = union(tables)
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    model = build(corpus, config)
    passes = MAKERS[objective](corpus, model.vocabulary, config)
    steps = Steps(model.network, config, passes.per_epoch)
    model.network.train()
    with plain_kernels():
        losses = [_epoch(steps, batches, config) for batches in passes.epochs]
    weights = {name: value.detach().clone() for name, value in model.network.state_dict().items()}
    return Pretrained(weights, model.vocabulary, objective, losses)


def _epoch(steps: Steps, batches: Batches, config: TrainConfig) -> float:
    """One pass; the mean place loss."""
    total, count = 0.0, 0
    for table, one in batches:
        loss, losses = losses_of(steps.network(one.batch, table, one.wide), one, config)
        steps.step(loss)
        total += float(losses.detach().sum())
        count += len(losses)
    return total / max(count, 1)
