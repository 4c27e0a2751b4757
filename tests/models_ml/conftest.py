"""A tiny synthetic city whose routines a counter cannot see, and models of it.

Here belong data and fitted models that several tests of the model library share.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

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
WORDS = (
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "coffee", "shop", "park", "station", "museum"),
    *("old", "new", "red", "blue", "green", "quiet", "loud", "north", "south", "lake", "tower"),
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


@pytest.fixture(scope="session")
def language_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny language model."""
    return save_language_model(tmp_path_factory.mktemp("language") / "tiny")


def save_language_model(path: Path) -> Path:
    """A BERT of one small layer, with random weights and a few words, in a new folder."""
    transformers = pytest.importorskip("transformers")
    import torch

    path.mkdir()
    (path / "vocab.txt").write_text("\n".join(WORDS))
    transformers.BertTokenizer(str(path / "vocab.txt")).save_pretrained(path)
    config = transformers.BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        transformers.BertModel(config).save_pretrained(path)
    return path


def with_names(events: pd.DataFrame) -> pd.DataFrame:
    """The events with a name for every place but a few, and what some people search and say."""
    own = WORDS[5:]
    code = events["item_id"].str[1:].astype(float)
    name = code.map(lambda one: f"{own[int(one) % 16]} {own[int(one) // 16 + 3]}", "ignore")
    is_named = code.notna() & (code % 7 != 3)
    searched = np.where(events["event_type"].isin(["search", "click"]), "quiet park", None)
    said = np.where(events["event_type"] == "purchase", "loud " + name, None)
    return events.assign(item_name=name.where(is_named).astype(object), query=searched, review=said)
