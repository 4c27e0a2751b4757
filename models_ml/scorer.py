"""The one interface every model has: baselines, networks, and those to come.

Here belong the protocol and its small value types.  Models live in their own files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from models_ml.data.corpus import Corpus, Queries
from models_ml.data.gaps import GapForecast
from models_ml.errors import ModelError


@dataclass(frozen=True)
class Citation:
    """One earlier event that a score rests on: its row in the corpus and its share of the
    evidence (0..1).

    `role` is `place` when the event itself was at the place, `successor` when the place was where
    the user went next, `context` when the model read it on the way and it was elsewhere.
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

    def update(self, corpus: Corpus) -> Scorer:
        """Learn from a corpus that has grown since `fit`, starting from what is known, without
        training anew; a model that holds nothing learned returns itself.
        """
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


@dataclass(frozen=True, eq=False)
class Logits:
    """Of the questions at `index`, the logits of all places of a corpus, float32 (m, places).

    Column i is of the place `items[i]`, and place j is in `column[j]`: first those the model knows,
    then those it does not, at the lowest finite value, each part ascending.  `absent` (m, k) are
    the logits of places that the model knows and the corpus does not have.
    """

    index: np.ndarray
    places: np.ndarray
    items: np.ndarray
    column: np.ndarray
    absent: np.ndarray


@runtime_checkable
class LogitScorer(Scorer, Protocol):
    """A scorer whose `score` is a softmax, which need not be taken where only the order counts."""

    def logits(self, corpus: Corpus, queries: Queries) -> Iterator[Logits]:
        """All questions, some at a time, so few that a cache holds what is said of them.

        The softmax over `places` and `absent` is what `score` gives, within single precision.
        The arrays are the next ones' too: they hold until the next is asked for.
        """
        ...


class TimeForecaster(Protocol):
    """Says when the next event is, from strictly earlier events alone."""

    @property
    def name(self) -> str:
        """What tables call the model."""
        ...

    def time_to_next(self, corpus: Corpus, queries: Queries) -> GapForecast:
        """The distribution of the time from each user's newest event to the next one."""
        ...


@runtime_checkable
class Forecaster(TimeForecaster, Protocol):
    """Says more of the next event than its place and type: its category, its cell and its time."""

    @property
    def resolution(self) -> int:
        """The H3 resolution of the cells it predicts."""
        ...

    def score_categories(self, corpus: Corpus, queries: Queries) -> np.ndarray:
        """Probabilities of categories, float64 of shape (queries, len(corpus.categories))."""
        ...

    def score_cells(self, corpus: Corpus, queries: Queries) -> np.ndarray:
        """Probabilities of cells, float64, a column for each name of `data.cells.cells_of` at the
        forecaster's resolution.
        """
        ...


def check_told(name: str, *, trained: bool, asked: bool) -> None:
    """Raises `ModelError` when a model trained with the target's time is asked without it, or the
    other way round.
    """
    if trained != asked:
        told, given = ("with", "without") if trained else ("without", "with")
        raise ModelError(
            f"this model was trained {told} the target's time and is asked {given} it",
            where=name,
            fix="train with the matching time_aware",
        )
