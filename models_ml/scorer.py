"""The one interface every model has: baselines, networks, and those to come.

Here belong the protocol and its small value types.  Models live in their own files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from models_ml.data.corpus import Corpus, Queries


@dataclass(frozen=True)
class Citation:
    """One earlier event that a score rests on: its row in the corpus and its share of the
    evidence (0..1).

    `role` is `place` when the event itself was at the place, `successor` when the place was where
    the user went next; integrated gradients also find `context`, which is neither.
    """

    row: int
    weight: float
    role: str = "place"


@runtime_checkable
class Scorer(Protocol):
    """Scores places and event types for a question, from strictly earlier events alone."""

    @property
    def name(self) -> str:
        """What tables call the model."""
        ...

    def fit(self, corpus: Corpus) -> Scorer:
        """Learn from the rows of split `train` (val for early stopping alone); returns itself."""
        ...

    def score(self, corpus: Corpus, queries: Queries) -> np.ndarray:
        """Scores of all places, float64 of shape (queries, len(corpus.items)); higher is better,
        all finite.
        """
        ...

    def score_events(self, corpus: Corpus, queries: Queries) -> np.ndarray:
        """Probabilities of the next event's type, float64 of shape (queries, len(corpus.kinds))."""
        ...

    def explain(self, corpus: Corpus, queries: Queries, items: np.ndarray) -> list[list[Citation]]:
        """For each query and the place asked about, the earlier events its score rests on,
        heaviest first.
        """
        ...
