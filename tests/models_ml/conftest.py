"""A tiny synthetic city whose routines a counter cannot see, and models of it.

Here belong data and fitted models that several tests of the model library share.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from models_ml.columns import PEERS
from models_ml.config import PeerConfig, RankerConfig, TrainConfig
from models_ml.data import sequences
from models_ml.data.corpus import Corpus, encode
from models_ml.deep_ensemble import DeepEnsemble
from models_ml.peers.loop import ENCODERS, train_peer
from models_ml.peers.neighbours import train_neighbours
from models_ml.ranker import Ranker, train_ranker
from models_ml.scorer import Scorer
from models_ml.transformer.train import Trained, train

TINY = TrainConfig(
    epochs=8, patience=3, lr=6e-3, d_model=16, heads=2, window=24, batch_chunks=8, threads=1
)
TINY_RANKER = RankerConfig(questions=600, rounds=60, patience=10, min_leaf=10, threads=1)
TINY_PEER = PeerConfig(
    epochs=12, lr=1e-2, dropout=0.1, d_model=16, window=24, stride=16, batch=128, threads=1
)
CYCLE = ("browse", "cart", "purchase", "click")


def make_events(
    people: int = 24, events: int = 60, noise: float = 0.1, seed: int = 3
) -> pd.DataFrame:
    """People who walk a personal cycle of five places, the types of events in a cycle of four.

    Every place of a cycle is visited equally often, so a visit counter is right one time in five.
    """
    rng = np.random.default_rng(seed)
    latitude, longitude = 40 + rng.random(30) / 10, -74 + rng.random(30) / 10
    rows = []
    for person in range(people):
        cycle = rng.choice(30, size=5, replace=False)
        hours = np.cumsum(rng.uniform(2, 9, events)) + rng.random() * 5
        for step in range(events):
            place = cycle[step % 5] if rng.random() > noise else rng.integers(30)
            moment = pd.Timestamp("2024-03-01", tz="UTC") + pd.Timedelta(hours=float(hours[step]))
            rows.append(
                {
                    "event_id": f"e{person:02d}-{step:03d}",
                    "user_id": f"u{person:02d}",
                    "event_type": CYCLE[step % 4],
                    "event_at": moment.round("us"),
                    "item_id": f"p{place:02d}",
                    "category": f"c{place % 4}",
                    "latitude": latitude[place],
                    "longitude": longitude[place],
                    "utc_offset_minutes": -300,
                }
            )
    searches = rng.choice(len(rows), size=len(rows) // 25, replace=False)
    for index in searches:
        rows[index] |= {"event_type": "search", "item_id": None, "category": None}
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def events() -> pd.DataFrame:
    """Events of the tiny city."""
    return make_events()


@pytest.fixture(scope="session")
def table(events: pd.DataFrame) -> pd.DataFrame:
    """Its sequences table."""
    return sequences.build(events)


@pytest.fixture(scope="session")
def corpus(table: pd.DataFrame) -> Corpus:
    """Its arrays."""
    return encode(table)


@pytest.fixture(scope="session")
def trained(corpus: Corpus) -> Trained:
    """A model trained on it."""
    return train(corpus, TINY)


@pytest.fixture(scope="session")
def deep(corpus: Corpus, trained: Trained) -> DeepEnsemble:
    """That model and one of another seed, trained for less long."""
    other = train(corpus, replace(TINY, seed=8, epochs=2)).model
    return DeepEnsemble((trained.model, other)).calibrated(corpus)


@pytest.fixture(scope="session")
def ranker(corpus: Corpus) -> Ranker:
    """A ranker trained on it."""
    return train_ranker(corpus, TINY_RANKER)


@pytest.fixture(scope="session")
def peers(corpus: Corpus) -> dict[str, Scorer]:
    """Every peer by name, fitted on it."""
    return {
        name: train_peer(name, corpus, TINY_PEER)[0]
        if name in ENCODERS
        else train_neighbours(name, corpus)
        for name in PEERS
    }
