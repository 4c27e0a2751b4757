"""The ensemble: the network's and the ranker's probabilities, mixed as they do best on val.

Here belong the mixture, the favour it does to new places, and the choice of both.  The two models
are `pointer`'s and `ranker`'s; they err differently, which is what the mixture lives by.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models_ml.columns import ENSEMBLE
from models_ml.config import RankerConfig, TrainConfig
from models_ml.data.corpus import Corpus, Queries, queries_for_rows, target_rows
from models_ml.data.history import own_events
from models_ml.data.tiles import tiles
from models_ml.deep_ensemble import DeepEnsemble, train_networks
from models_ml.evaluation.mixed_ranks import mixed_ranks
from models_ml.ranker import Ranker, train_ranker
from models_ml.scorer import Citation
from models_ml.transformer.pointer import PointerTransformer

WEIGHTS = np.linspace(0.0, 1.0, 11)
# Steps of a tenth: a coarse grid stops well short of what the cost below allows.
NOVELTIES = tuple(float(f"{1.1**k:.3g}") for k in range(16))
# What of val's MRR may be given up so that places new to a user come within reach.
NOVELTY_COST = 0.003
Progress = Callable[[dict[str, float]], None]


@dataclass(eq=False)
class Ensemble:
    """`weight` is the ranker's share in the probabilities of places; 0 and 1 are one model alone.

    `novelty` multiplies the odds of places that the user has not been to, which both models rate
    too low: they learn from people who mostly return.  Event types and explanations are the
    network's, which may be a deep ensemble of several.
    """

    network: PointerTransformer | DeepEnsemble
    ranker: Ranker
    weight: float
    novelty: float = 1.0
    name: str = ENSEMBLE

    @property
    def parts(self) -> tuple[PointerTransformer | DeepEnsemble, Ranker]:
        """The models that are mixed."""
        return self.network, self.ranker

    def fit(self, corpus: Corpus) -> Ensemble:
        """Train both anew on a corpus with the same settings; returns the new ensemble."""
        return weighed(corpus, self.network.fit(corpus), self.ranker.fit(corpus))

    def update(self, corpus: Corpus) -> Ensemble:
        """Update both on a corpus that has grown, and weigh them anew; returns the new ensemble."""
        return weighed(corpus, self.network.update(corpus), self.ranker.update(corpus))

    def score(self, corpus: Corpus, queries: Queries) -> np.ndarray:
        """Probabilities of all places of the corpus, (queries, items)."""
        shares = mixed(
            self.network.score(corpus, queries), self.ranker.score(corpus, queries), self.weight
        )
        return favouring_new(shares, *known_places(corpus, queries), self.novelty)

    def score_events(self, corpus: Corpus, queries: Queries) -> np.ndarray:
        """The network's probabilities of event types, (queries, kinds)."""
        return self.network.score_events(corpus, queries)

    def explain(self, corpus: Corpus, queries: Queries, items: np.ndarray) -> list[list[Citation]]:
        """The earlier events that the network's pointers cite."""
        return self.network.explain(corpus, queries, items)


def train_ensemble(
    corpus: Corpus,
    config: TrainConfig,
    ranker_config: RankerConfig,
    progress: Progress | None = None,
    resume: Path | None = None,
    seeds: int = 1,
) -> tuple[Ensemble, list[dict[str, float]]]:
    """Train both models on split `train` and weigh them on `val`; `test` is never looked at.

    Returns the ensemble and the (first) network's loss curve; raises `TooFewEvents` with what is
    needed.  With several `seeds` the network is a deep ensemble of so many.  The network's training
    keeps its state in the folder `resume`; the ranker's is short.
    """
    network, curves = train_networks(corpus, config, seeds, progress, resume)
    ranker = train_ranker(corpus, ranker_config, progress)
    return weighed(corpus, network, ranker), curves


def weighed(corpus: Corpus, network: PointerTransformer | DeepEnsemble, ranker: Ranker) -> Ensemble:
    """The ensemble with the weight of the highest MRR on val (of equals the one nearest to half),
    and then the greatest novelty that costs at most `NOVELTY_COST` of that MRR.

    The MRR is taken over a sample of val, the same for every choice.
    """
    config = network.config
    rows = target_rows(corpus, "val", max_targets=config.max_val_targets, seed=config.seed)
    queries = queries_for_rows(corpus, rows, time_given=config.time_aware)
    total = np.zeros((len(WEIGHTS), len(NOVELTIES)))
    for tile in tiles(len(queries), len(corpus.items)):
        part = queries.take(tile)
        shares = network.score(corpus, part), ranker.score(corpus, part)
        known = known_places(corpus, part)
        ranks = mixed_ranks(*shares, corpus.item[part.row], known, WEIGHTS, NOVELTIES)
        total += (1 / ranks).sum(axis=0)
    best = max(range(len(WEIGHTS)), key=lambda i: (total[i, 0], -abs(WEIGHTS[i] - 0.5)))
    enough = (1 - NOVELTY_COST) * total[best, 0]
    novelty = max(one for k, one in enumerate(NOVELTIES) if total[best, k] >= enough)
    return Ensemble(network, ranker, float(WEIGHTS[best]), novelty)


def mixed(network: np.ndarray, ranker: np.ndarray, weight: float) -> np.ndarray:
    """The mixture of two arrays of probabilities."""
    return (1.0 - weight) * network + weight * ranker


def known_places(corpus: Corpus, queries: Queries) -> tuple[np.ndarray, np.ndarray]:
    """(question, place code) of the places each user has been to, each once, in order."""
    pairs = own_events(corpus, queries, corpus.item, limit=len(corpus))
    keys = np.unique(pairs.query * len(corpus.items) + corpus.item[pairs.row])
    return keys // len(corpus.items), keys % len(corpus.items)


def favouring_new(
    shares: np.ndarray, query: np.ndarray, item: np.ndarray, novelty: float
) -> np.ndarray:
    """Probabilities with the odds of places outside (query, item) multiplied by `novelty`.

    The sum over known places alone settles the scale, so that places which only the future knows
    of cannot move a bit of it.
    """
    known = shares[query, item]
    mass = np.bincount(query, weights=known, minlength=len(shares))
    total = mass + novelty * np.maximum(1.0 - mass, 0.0)
    raised = shares * novelty
    raised[query, item] = known
    return raised / total[:, None]
