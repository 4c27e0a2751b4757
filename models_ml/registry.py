"""Models by name: the one place that knows them all, and how each is fitted.

Here belong names and builders.  Models live in their own files, which are loaded when asked for, so
that a baseline needs neither torch nor LightGBM.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NoReturn

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
Settings = TrainConfig | RankerConfig | PeerConfig
Build = Callable[[Corpus, Any, Progress | None], Scorer]
# What whoever asks for a model decides, whatever its settings are.
ASKED = ("seed", "time_aware", "texts")


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
    settings: Mapping[str, Any] | None = None,
) -> Scorer:
    """A model by name, fitted on the train split; raises `ModelError` for an unknown name, and for
    several `seeds` of a model that is not trained from several.

    Models with settings of their own have those of `configured`; for others `settings` is an error.
    """
    check_name(name)
    if settings and name not in _CONFIGURED:
        _refuse(name)
    own = configured(name, config, settings or {}) if name in _CONFIGURED else config
    if name in _OF_SEEDS:
        return _OF_SEEDS[name](corpus, own, progress, seeds)
    if seeds != 1:
        raise ModelError(
            f"{name} is trained from one seed, got seeds {seeds}",
            fix=f"one of {', '.join(_OF_SEEDS)}, or seeds 1",
        )
    if name in BASELINES:
        return baseline(name).fit(corpus)
    return _LEARNED[name](corpus, own, progress)


def configurable() -> tuple[str, ...]:
    """The models that settings can be given to."""
    return tuple(name for name in MODELS if name in _CONFIGURED)


def configured(name: str, config: TrainConfig, settings: Mapping[str, Any]) -> Settings:
    """The settings a model is fitted with: `settings` over its defaults, which take seed, task and
    threads from `config` (those of the Transformer are `config`).

    Raises `ModelError` for a model without settings, an unknown field, a value of another type or
    out of range, and the fields that are no matter of settings (`ASKED`).
    """
    check_name(name)
    if name not in _CONFIGURED:
        _refuse(name)
    for field in ASKED:
        if field in settings:
            raise ModelError(
                f"{field} is no setting: it is asked for beside them",
                where=name,
                fix="leave it out",
            )
    own = _defaults(name, config)
    return type(own).from_dict({**own.to_dict(), **settings})


def _defaults(name: str, config: TrainConfig) -> Settings:
    if name == MODEL:
        return config
    return _ranker_config(config) if name == RANKER else _peer_config(name, config)


def _refuse(name: str) -> NoReturn:
    raise ModelError(
        f"{name} takes no settings", where=name, fix=f"one of {', '.join(configurable())}"
    )


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


def _ranker(corpus: Corpus, config: RankerConfig, progress: Progress | None) -> Scorer:
    from models_ml.ranker import train_ranker

    return train_ranker(corpus, config, progress)


def _neighbours(name: str) -> Build:
    def build(corpus: Corpus, config: TrainConfig, progress: Progress | None) -> Scorer:
        from models_ml.peers.neighbours import train_neighbours

        return train_neighbours(name, corpus)

    return build


def _network(name: str) -> Build:
    def build(corpus: Corpus, config: PeerConfig, progress: Progress | None) -> Scorer:
        from models_ml.peers.loop import train_peer

        return train_peer(name, corpus, config, progress)[0]

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


_NEIGHBOURS = (USER_KNN, ITEM_KNN)
_NETWORKS = tuple(name for name in PEERS if name not in _NEIGHBOURS)
# Those whose builders take settings of the model's own kind, not what `fitted` is given.
_CONFIGURED = (MODEL, RANKER, *_NETWORKS)
# Those whose network may be several.
_OF_SEEDS: dict[str, Callable[[Corpus, Any, Progress | None, int], Scorer]] = {
    ENSEMBLE: _ensemble,
    MODEL: _transformer,
}
_LEARNED: dict[str, Build] = {
    MARGINAL: _marginal,
    RANKER: _ranker,
    **{name: _neighbours(name) for name in _NEIGHBOURS},
    **{name: _network(name) for name in _NETWORKS},
}
