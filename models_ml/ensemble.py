"""The ensemble: the network's and the ranker's probabilities, mixed as they do best on val.

Here belong the mixture and the choice of its weight.  The two models are `pointer`'s and
`ranker`'s; they err differently, which is what the mixture lives by.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models_ml.columns import ENSEMBLE
from models_ml.config import RankerConfig, TrainConfig
from models_ml.corpus import Corpus, Queries, queries_for_rows, target_rows
from models_ml.evaluate import BATCH
from models_ml.pointer import PointerTransformer
from models_ml.rank import expected_ranks
from models_ml.ranker import Ranker, train_ranker
from models_ml.scorer import Citation
from models_ml.train import fit

WEIGHTS = np.linspace(0.0, 1.0, 11)
Progress = Callable[[dict[str, float]], None]


@dataclass(eq=False)
class Ensemble:
    """`weight` is the ranker's share in the probabilities of places; 0 and 1 are one model alone.

    Event types and explanations are the network's.
    """

    network: PointerTransformer
    ranker: Ranker
    weight: float
    name: str = ENSEMBLE

    @property
    def parts(self) -> tuple[PointerTransformer, Ranker]:
        """The models that are mixed."""
        return self.network, self.ranker

    def fit(self, corpus: Corpus) -> Ensemble:
        """Train both anew on a corpus with the same settings; returns the new ensemble."""
        return train_ensemble(corpus, self.network.config, self.ranker.config)[0]

    def score(self, corpus: Corpus, queries: Queries) -> np.ndarray:
        """Probabilities of all places of the corpus, (queries, items)."""
        return mixed(
            self.network.score(corpus, queries), self.ranker.score(corpus, queries), self.weight
        )

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
) -> tuple[Ensemble, list[dict[str, float]]]:
    """Train both models on split `train` and weigh them on `val`; `test` is never looked at.

    Returns the ensemble and the network's loss curve; raises `TooFewEvents` with what is needed.
    """
    trained = fit(corpus, config, progress)
    ranker = train_ranker(corpus, ranker_config, progress)
    return weighed(corpus, trained.model, ranker), trained.curves


def weighed(corpus: Corpus, network: PointerTransformer, ranker: Ranker) -> Ensemble:
    """The ensemble with the weight of the highest MRR on val; of equals the one nearest to half.

    The MRR is taken over a sample of val, the same for every weight.
    """
    config = network.config
    rows = target_rows(corpus, "val", max_targets=config.max_val_targets, seed=config.seed)
    queries = queries_for_rows(corpus, rows, time_given=config.time_aware)
    total = np.zeros(len(WEIGHTS))
    for low in range(0, len(queries), BATCH):
        part = queries.take(slice(low, low + BATCH))
        shares = network.score(corpus, part), ranker.score(corpus, part)
        target = corpus.item[part.row]
        total += [(1 / expected_ranks(mixed(*shares, one), target)).sum() for one in WEIGHTS]
    best = max(range(len(WEIGHTS)), key=lambda i: (total[i], -abs(WEIGHTS[i] - 0.5)))
    return Ensemble(network, ranker, float(WEIGHTS[best]))


def mixed(network: np.ndarray, ranker: np.ndarray, weight: float) -> np.ndarray:
    """The mixture of two arrays of probabilities."""
    return (1.0 - weight) * network + weight * ranker
