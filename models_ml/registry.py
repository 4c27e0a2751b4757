"""Models by name: the one place that knows them all, and how each is fitted.

Here belong names and builders.  Models live in their own files, which are loaded when asked for, so
that a baseline needs neither torch nor LightGBM.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from models_ml.baselines import baseline
from models_ml.columns import (
    BASELINES,
    BERT4REC,
    ENSEMBLE,
    GRU,
    ITEM_KNN,
    LSTM,
    MARGINAL,
    MODEL,
    MODELS,
    PEERS,
    RANKER,
    ST_LSTM,
    USER_KNN,
)
from models_ml.config import PeerConfig, RankerConfig, TrainConfig
from models_ml.data.corpus import Corpus
from models_ml.errors import ModelError
from models_ml.scorer import Scorer

Progress = Callable[[dict[str, float]], None]
Build = Callable[[Corpus, TrainConfig, Progress | None], Scorer]


def names() -> tuple[str, ...]:
    """Every model that can be asked for: ours, the peers of the field, the baselines."""
    return MODELS


def check_name(name: str) -> None:
    """Raises `ModelError` with the known names unless `name` is one."""
    if name not in names():
        raise ModelError(f"no model is called {name!r}", fix=f"one of {', '.join(names())}")


def fitted(
    name: str,
    corpus: Corpus,
    config: TrainConfig,
    progress: Progress | None = None,
    seeds: int = 1,
) -> Scorer:
    """A model by name, fitted on the train split; raises `ModelError` for an unknown name, and for
    several `seeds` of a model that is not trained from several.

    Models with settings of their own take seed, task and threads from `config`, and the rest from
    their defaults.
    """
    check_name(name)
    if name in _OF_SEEDS:
        return _OF_SEEDS[name](corpus, config, progress, seeds)
    if seeds != 1:
        raise ModelError(
            f"{name} is trained from one seed, got seeds {seeds}",
            fix=f"one of {', '.join(_OF_SEEDS)}, or seeds 1",
        )
    if name in BASELINES:
        return baseline(name).fit(corpus)
    return _LEARNED[name](corpus, config, progress)


def _ensemble(corpus: Corpus, config: TrainConfig, progress: Progress | None, seeds: int) -> Scorer:
    from models_ml.ensemble import train_ensemble

    return train_ensemble(corpus, config, _ranker_config(config), progress, seeds=seeds)[0]


def _transformer(
    corpus: Corpus, config: TrainConfig, progress: Progress | None, seeds: int
) -> Scorer:
    from models_ml.deep_ensemble import train_networks

    return train_networks(corpus, config, seeds, progress)[0]


def _marginal(corpus: Corpus, config: TrainConfig, progress: Progress | None) -> Scorer:
    from models_ml.marginal import train_marginal

    return train_marginal(corpus, config, progress)


def _ranker(corpus: Corpus, config: TrainConfig, progress: Progress | None) -> Scorer:
    from models_ml.ranker import train_ranker

    return train_ranker(corpus, _ranker_config(config), progress)


def _neighbours(name: str) -> Build:
    def build(corpus: Corpus, config: TrainConfig, progress: Progress | None) -> Scorer:
        from models_ml.peers.neighbours import train_neighbours

        return train_neighbours(name, corpus)

    return build


def _network(name: str) -> Build:
    def build(corpus: Corpus, config: TrainConfig, progress: Progress | None) -> Scorer:
        from models_ml.peers.loop import train_peer

        return train_peer(name, corpus, _peer_config(name, config), progress)[0]

    return build


def _ranker_config(config: TrainConfig) -> RankerConfig:
    return RankerConfig(seed=config.seed, time_aware=config.time_aware, threads=config.threads)


def _peer_config(name: str, config: TrainConfig) -> PeerConfig:
    shared = PeerConfig(seed=config.seed, time_aware=config.time_aware, threads=config.threads)
    return replace(shared, **_PEER_SETTINGS.get(name, {}))


# Hand-picked, not searched: tried once on val of the check-ins of New York with the LSTM and once
# with BERT4Rec; SASRec has the defaults, the better of two; GRU and ST-LSTM copy the LSTM.
_RECURRENT = {"lr": 4e-3, "dropout": 0.4, "batch": 2048}
_PEER_SETTINGS: dict[str, dict[str, Any]] = {
    LSTM: _RECURRENT,
    GRU: _RECURRENT,
    ST_LSTM: _RECURRENT,
    BERT4REC: {"lr": 3e-3, "batch": 2048},
}


_PEERS: dict[str, Build] = {
    name: _neighbours(name) if name in (USER_KNN, ITEM_KNN) else _network(name) for name in PEERS
}
# Those whose network may be several.
_OF_SEEDS: dict[str, Callable[[Corpus, TrainConfig, Progress | None, int], Scorer]] = {
    ENSEMBLE: _ensemble,
    MODEL: _transformer,
}
_LEARNED: dict[str, Build] = {
    MARGINAL: _marginal,
    RANKER: _ranker,
    **_PEERS,
}
