"""Models by name: the one place that knows them all, and how each is fitted.

Here belong names and builders.  Models live in their own files, which are loaded when asked for, so
that a baseline needs neither torch nor LightGBM.
"""

from __future__ import annotations

from collections.abc import Callable

from models_ml.baselines import baseline
from models_ml.columns import BASELINES, ENSEMBLE, MODEL, RANKER
from models_ml.config import RankerConfig, TrainConfig
from models_ml.data.corpus import Corpus
from models_ml.errors import ModelError
from models_ml.scorer import Scorer

Progress = Callable[[dict[str, float]], None]
Build = Callable[[Corpus, TrainConfig, Progress | None], Scorer]


def names() -> tuple[str, ...]:
    """Every model that can be asked for, the best first."""
    return (*_LEARNED, *BASELINES)


def check_name(name: str) -> None:
    """Raises `ModelError` with the known names unless `name` is one."""
    if name not in names():
        raise ModelError(f"no model is called {name!r}", fix=f"one of {', '.join(names())}")


def fitted(
    name: str, corpus: Corpus, config: TrainConfig, progress: Progress | None = None
) -> Scorer:
    """A model by name, fitted on the train split; raises `ModelError` for an unknown name.

    Models with settings of their own take seed, task and threads from `config`, and the rest from
    their defaults.
    """
    check_name(name)
    if name in BASELINES:
        return baseline(name).fit(corpus)
    return _LEARNED[name](corpus, config, progress)


def _ensemble(corpus: Corpus, config: TrainConfig, progress: Progress | None) -> Scorer:
    from models_ml.ensemble import train_ensemble

    return train_ensemble(corpus, config, _ranker_config(config), progress)[0]


def _transformer(corpus: Corpus, config: TrainConfig, progress: Progress | None) -> Scorer:
    from models_ml.transformer.train import fit

    return fit(corpus, config, progress).model


def _ranker(corpus: Corpus, config: TrainConfig, progress: Progress | None) -> Scorer:
    from models_ml.ranker import train_ranker

    return train_ranker(corpus, _ranker_config(config), progress)


def _ranker_config(config: TrainConfig) -> RankerConfig:
    return RankerConfig(seed=config.seed, time_aware=config.time_aware, threads=config.threads)


_LEARNED: dict[str, Build] = {ENSEMBLE: _ensemble, MODEL: _transformer, RANKER: _ranker}
