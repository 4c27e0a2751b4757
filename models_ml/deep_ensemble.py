"""A deep ensemble: the same network trained from several seeds, whose probabilities are averaged.

Here belong the average, its own temperature, and the training of the members one after the other.
A member is a `PointerTransformer` like any other; the mixture with the ranker is `ensemble`'s.

Networks of different seeds err in different places, so their mean has the lesser log-loss
(Lakshminarayanan et al. 2017, "Simple and Scalable Predictive Uncertainty Estimation using Deep
Ensembles").  The mean of calibrated answers is less sure than it may be (Rahaman and Thiery 2021),
so event types get one more temperature, settled on val after averaging.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from models_ml.citations import merged
from models_ml.columns import MODEL
from models_ml.config import TrainConfig
from models_ml.data.corpus import Corpus, Queries, queries_for_rows, target_rows
from models_ml.data.gaps import GapForecast
from models_ml.errors import ModelError
from models_ml.scorer import Citation
from models_ml.transformer.calibrate import temperature_for, tempered
from models_ml.transformer.forecast import named
from models_ml.transformer.pointer import PointerTransformer
from models_ml.transformer.train import fit

Progress = Callable[[dict[str, float]], None]
Curves = list[dict[str, float]]


@dataclass(eq=False)
class DeepEnsemble:
    """At least two networks with one vocabulary; `temperature` divides the logits of their mean
    event types.
    """

    members: tuple[PointerTransformer, ...]
    temperature: float = 1.0
    name: str = MODEL

    @property
    def config(self) -> TrainConfig:
        """The settings of the first member; the others' differ in the seed alone."""
        return self.members[0].config

    @property
    def resolution(self) -> int:
        """The H3 resolution of the cells it predicts."""
        return self.members[0].resolution

    def fit(self, corpus: Corpus) -> DeepEnsemble:
        """Train all members anew on a corpus with the same settings; returns the new ensemble."""
        return _settled(tuple(one.fit(corpus) for one in self.members), corpus)

    def update(self, corpus: Corpus) -> DeepEnsemble:
        """Update all members on a corpus that has grown, and settle the temperature anew; itself
        where none learned anything.
        """
        newer = tuple(one.update(corpus) for one in self.members)
        return self if newer == self.members else _settled(newer, corpus)

    def score(self, corpus: Corpus, queries: Queries) -> np.ndarray:
        """Mean probabilities of all places of the corpus, (queries, items)."""
        return self._mean(lambda one: one.score(corpus, queries))

    def score_events(self, corpus: Corpus, queries: Queries) -> np.ndarray:
        """Mean probabilities of event types, (queries, kinds), with a temperature of their own."""
        share = tempered(self._log_kinds(corpus, queries), self.temperature)
        return named(share, self.members[0].vocabulary.codes(corpus)[1][:-1])

    def score_categories(self, corpus: Corpus, queries: Queries) -> np.ndarray:
        """Mean probabilities of the next event's category, (queries, len(corpus.categories))."""
        return self._mean(lambda one: one.score_categories(corpus, queries))

    def score_cells(self, corpus: Corpus, queries: Queries) -> np.ndarray:
        """Mean probabilities of the next event's cell; see `PointerTransformer.score_cells`."""
        return self._mean(lambda one: one.score_cells(corpus, queries))

    def time_to_next(self, corpus: Corpus, queries: Queries) -> GapForecast:
        """The mean of the members' distributions, which have the same bins."""
        share = self._mean(lambda one: one.time_to_next(corpus, queries).share)
        return GapForecast(self.members[0].vocabulary.gap_bins, share)

    def explain(self, corpus: Corpus, queries: Queries, items: np.ndarray) -> list[list[Citation]]:
        """What the members cite, each counting by its part in the place's probability."""
        rows = np.arange(len(queries))
        scores = np.stack([one.score(corpus, queries)[rows, items] for one in self.members])
        return merged((one.explain(corpus, queries, items) for one in self.members), scores)

    def calibrated(self, corpus: Corpus) -> DeepEnsemble:
        """This ensemble with its `temperature` settled on a sample of split `val`."""
        config = self.config
        rows = target_rows(
            corpus, "val", with_item=False, max_targets=config.max_val_targets, seed=config.seed
        )
        queries = queries_for_rows(corpus, rows, time_given=config.time_aware)
        kinds = len(self.members[0].vocabulary.kinds)
        code = self.members[0].vocabulary.codes(corpus)[1][corpus.kind[rows]]
        logs = self._log_kinds(corpus, queries)[code < kinds]
        return replace(self, temperature=temperature_for(logs, code[code < kinds]))

    def _log_kinds(self, corpus: Corpus, queries: Queries) -> np.ndarray:
        """Log mean probabilities of event types in the members' own codes."""
        return np.log(self._mean(lambda one: one.event_shares(corpus, queries)))

    def _mean(self, ask: Callable[[PointerTransformer], np.ndarray]) -> np.ndarray:
        """The mean of what the members answer; two answers at most are held at a time."""
        total = ask(self.members[0])
        for one in self.members[1:]:
            total += ask(one)
        return total / len(self.members)


def train_networks(
    corpus: Corpus,
    config: TrainConfig,
    seeds: int = 1,
    progress: Progress | None = None,
    resume: Path | None = None,
) -> tuple[PointerTransformer | DeepEnsemble, Curves]:
    """Networks trained from `seeds` seeds, `config.seed` and those after it, and the curve of the
    first; one is a `PointerTransformer`, several are a `DeepEnsemble`.

    Raises as `transformer.train` does, and `ModelError` where there is no seed.  Each member keeps
    its state in a folder of its own below `resume`.
    """
    if seeds < 1:
        raise ModelError(f"seeds must be at least 1, got {seeds}", where="train")
    if seeds == 1:
        alone = fit(corpus, config, progress, resume=resume)
        return alone.model, alone.curves
    found = []
    for seed in range(config.seed, config.seed + seeds):
        folder = resume / f"seed-{seed}" if resume else None
        found.append(fit(corpus, replace(config, seed=seed), progress, resume=folder))
    return _settled(tuple(one.model for one in found), corpus), found[0].curves


def _settled(members: tuple[PointerTransformer, ...], corpus: Corpus) -> DeepEnsemble:
    return DeepEnsemble(members).calibrated(corpus)
