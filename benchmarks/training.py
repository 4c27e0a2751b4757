"""Training speed, beside a SASRec built from torch's own encoder layer at the same width, depth
and length.

Run: `python -m benchmarks.training [--people N] [--events N] [--places N] [--threads N]`.  Both
train on the same simulated walks with full cross-entropy over all places; ours also counts wide
features, reads pairs of events and predicts event types.  Prints JSON with events a second, each
event being one target.

Belongs here: measuring. Does not belong here: a model anyone would publish.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from models_ml.config import TrainConfig
from models_ml.data import sequences
from models_ml.data.corpus import Corpus, encode
from models_ml.transformer.chunks import chunk_batches, trainset
from models_ml.transformer.losses import place_loss
from models_ml.transformer.steps import Steps
from models_ml.transformer.train import build

STEPS = 15


class Sasrec(nn.Module):
    """One causal encoder layer over places and positions; scores by the tied embedding."""

    def __init__(self, places: int, config: TrainConfig) -> None:
        super().__init__()
        d = config.d_model
        self.places = nn.Embedding(places + 1, d, padding_idx=places)
        self.positions = nn.Embedding(config.window, d)
        self.layer = nn.TransformerEncoderLayer(
            d, config.heads, 2 * d, config.dropout, batch_first=True, activation="gelu"
        )

    def forward(self, items: Tensor) -> Tensor:
        """Scores of all places after each position, (B, L, places)."""
        length = items.shape[1]
        state = self.places(items) + self.positions(torch.arange(length))
        mask = nn.Transformer.generate_square_subsequent_mask(length)
        padding = torch.where(items == self.places.padding_idx, -1e9, 0.0)
        state = self.layer(state, src_mask=mask, src_key_padding_mask=padding, is_causal=True)
        return state @ self.places.weight[:-1].T


def walks(people: int, events: int, places: int) -> Corpus:
    """Random walks over places, every person with as many events."""
    rng = np.random.default_rng(0)
    total = people * events
    table = pd.DataFrame(
        {
            "event_id": np.arange(total).astype(str),
            "user_id": np.repeat(np.arange(people), events).astype(str),
            "event_type": "check_in",
            "event_at": pd.Timestamp("2024-01-01", tz="UTC")
            + pd.to_timedelta(np.tile(np.arange(events), people) * 6, unit="h"),
            "item_id": rng.integers(0, places, total).astype(str),
            "category": "x",
            "latitude": 40 + rng.random(total),
            "longitude": -74 + rng.random(total),
        }
    )
    return encode(sequences.build(table))


def ours(corpus: Corpus, config: TrainConfig) -> float:
    """Targets a second of the chain's own training step, features counted."""
    began = time.perf_counter()
    model = build(corpus, config)
    data = trainset(corpus, model.vocabulary, config)
    prepared = time.perf_counter() - began
    batches = list(data.order(config, 1))
    steps = Steps(model.network, config, len(batches))
    model.network.train()
    began, targets = time.perf_counter(), 0
    for index in batches[:STEPS]:
        one = chunk_batches(data, config, index)
        output = model.network(one.batch, data.table, one.wide)
        wanted = one.has_place
        steps.step(place_loss(output, one.place, one.successor, one.code)[wanted].mean())
        targets += int(wanted.sum())
    share = targets / int((corpus.split == 0).sum())
    epochs = config.epochs
    return targets / (time.perf_counter() - began + prepared * share / epochs)


def peer(corpus: Corpus, config: TrainConfig) -> float:
    """Targets a second of SASRec on windows of the same length, each position one target."""
    places = len(corpus.items)
    model = Sasrec(places, config)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3)
    rows = []
    for user in range(len(corpus.users)):
        mine = np.arange(corpus.start[user], corpus.start[user + 1])
        mine = corpus.item[mine[corpus.split[mine] == 0]]
        for low in range(0, len(mine) - 1, config.window):
            part = mine[low : low + config.window + 1]
            rows.append(np.pad(part, (0, config.window + 1 - len(part)), constant_values=places))
    table = torch.from_numpy(np.stack(rows))
    size = max(config.batch_chunks * config.chunk // config.window, 1)
    began, targets = time.perf_counter(), 0
    for step in range(STEPS):
        part = table[torch.arange(step * size, (step + 1) * size) % len(table)]
        logits = model(part[:, :-1]).flatten(0, 1)
        wanted = part[:, 1:].flatten()
        loss = nn.functional.cross_entropy(logits, wanted, ignore_index=places)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        targets += int((wanted != places).sum())
    return targets / (time.perf_counter() - began)


def main(argv: Sequence[str] | None = None) -> None:
    """Measure both on the same walks and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--events", type=int, default=120)
    parser.add_argument("--places", type=int, default=5_000)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args(argv)
    torch.manual_seed(0)
    torch.set_num_threads(given.threads)
    config = TrainConfig(threads=given.threads)
    corpus = walks(given.people, given.events, given.places)
    theirs, own = peer(corpus, config), ours(corpus, config)
    size = {
        "people": given.people,
        "events": len(corpus),
        "places": len(corpus.items),
        "threads": given.threads,
        "peer": "SASRec of torch.nn.TransformerEncoderLayer",
    }
    measured = {"ours_events_per_second": round(own), "sasrec_events_per_second": round(theirs)}
    print(json.dumps(size | measured | {"ratio": round(own / theirs, 2)}))


if __name__ == "__main__":
    main()
