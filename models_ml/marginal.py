"""The next place where its time is unknown: what a model says when it is told a time, averaged over
when the next event may be.

Here belongs the average, and the choice of who forecasts the time.  The models are of any kind: a
`Scorer` that is told the target's time, and one that is not and says when the next event is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from models_ml.citations import merged
from models_ml.columns import MARGINAL
from models_ml.config import TrainConfig
from models_ml.data.corpus import Corpus, Queries, queries_for_rows, target_rows
from models_ml.data.gaps import MICROSECONDS_AN_HOUR, waited
from models_ml.errors import TooFewEvents
from models_ml.evaluation.evaluate import BATCH
from models_ml.gap_counts import gap_counters
from models_ml.scorer import Citation, Scorer, TimeForecaster

MOMENTS = 8
LEVELS = (np.arange(MOMENTS) + 0.5) / MOMENTS
VAL_TARGETS = 3000
Progress = Callable[[dict[str, float]], None]


class Untold(Scorer, TimeForecaster, Protocol):
    """A model that is not told the time of the next event, and forecasts it."""

    def fit(self, corpus: Corpus) -> Untold:
        """Learn from the rows of split `train`; returns the fitted model."""
        ...

    def update(self, corpus: Corpus) -> Untold:
        """Learn from a corpus that has grown since `fit`."""
        ...


@dataclass(eq=False)
class Marginal:
    """p(place) = integral over t of p(place | t) p(t), taken at K = `MOMENTS` equally likely times.

    p(place | t) is what `told` says when the next event is at t; p(t) is what `forecaster` says of
    the time from the user's newest event on, with the distribution function F.  The integral is
    1/K sum over k of p(place | F^-1((k + 1/2) / K)), the midpoint rule on the scale of F: the
    marginal mark of a marked temporal point process (Du et al., 2016, Recurrent Marked Temporal
    Point Processes).  That nothing happened until the question is not used: a question that is put
    at the moment of its answer would give that moment away.

    Where the time is given nothing is unknown, and the answer is that of `told`.
    """

    told: Scorer
    untold: Untold
    forecaster: TimeForecaster
    name: str = MARGINAL

    def fit(self, corpus: Corpus) -> Marginal:
        """Train both models anew and choose the forecaster anew; returns the new model."""
        return joined(corpus, self.told.fit(corpus), self.untold.fit(corpus))

    def update(self, corpus: Corpus) -> Marginal:
        """Update both models on a corpus that has grown and choose the forecaster anew; returns the
        new model.
        """
        return joined(corpus, self.told.update(corpus), self.untold.update(corpus))

    def score(self, corpus: Corpus, queries: Queries) -> np.ndarray:
        """Probabilities of all places of the corpus, (queries, items)."""
        return self._mean(self.told.score, corpus, queries)

    def score_events(self, corpus: Corpus, queries: Queries) -> np.ndarray:
        """Probabilities of event types, (queries, kinds)."""
        return self._mean(self.told.score_events, corpus, queries)

    def explain(self, corpus: Corpus, queries: Queries, items: np.ndarray) -> list[list[Citation]]:
        """What `told` cites at each moment, a moment counting by the share of the place's
        probability that comes from it.
        """
        asked = list(self._told_moments(corpus, queries))
        own = np.arange(len(queries))
        scores = np.stack([self.told.score(corpus, one)[own, items] for one in asked])
        return merged((self.told.explain(corpus, one, items) for one in asked), scores)

    def _mean(
        self,
        ask: Callable[[Corpus, Queries], np.ndarray],
        corpus: Corpus,
        queries: Queries,
    ) -> np.ndarray:
        """The mean of the answers at all moments."""
        answers = [ask(corpus, one) for one in self._told_moments(corpus, queries)]
        total: np.ndarray = sum(answers[1:], answers[0]) / len(answers)
        return total

    def _told_moments(self, corpus: Corpus, queries: Queries) -> Iterator[Queries]:
        """The questions with each of K moments told, or as they are where the time is given."""
        if queries.time_given:
            yield queries
            return
        for moment in possible_moments(corpus, queries, self.forecaster).T:
            yield queries.telling(moment)


def possible_moments(corpus: Corpus, queries: Queries, forecaster: TimeForecaster) -> np.ndarray:
    """K equally likely moments of the next event, UTC microseconds, (queries, K), ascending.

    They are counted from the user's newest event; without one, from anybody's newest before the
    question; and from the question itself where nothing lies before it.
    """
    hours = forecaster.time_to_next(corpus, queries).quantiles(LEVELS)
    newest = corpus.start[queries.user] + queries.before - 1
    anybody = corpus.at_sorted[np.maximum(queries.seen - 1, 0)]
    since = np.where(queries.seen > 0, anybody, queries.at)
    since = np.where(queries.before > 0, corpus.at[np.maximum(newest, 0)], since)
    return since[:, None] + np.rint(hours * MICROSECONDS_AN_HOUR).astype(np.int64)


def train_marginal(
    corpus: Corpus, config: TrainConfig, progress: Progress | None = None
) -> Marginal:
    """Train the Transformer twice on split `train`, told the time and not, with the same settings.

    Raises as `transformer.train` does.
    """
    from models_ml.transformer.train import fit

    untold, told = (
        fit(corpus, replace(config, time_aware=aware), progress).model for aware in (False, True)
    )
    return joined(corpus, told, untold)


def joined(corpus: Corpus, told: Scorer, untold: Untold) -> Marginal:
    """Both models, and the forecaster of the least log-loss of the gaps of val: the model that is
    not told the time, or counts of everybody's gaps or of the user's own.

    Raises `TooFewEvents` when val has no gap to judge by.
    """
    rows = target_rows(corpus, "val", with_item=False, max_targets=VAL_TARGETS)
    queries = queries_for_rows(corpus, rows)
    known = np.flatnonzero(waited(corpus, queries) > 0)
    if not len(known):
        raise TooFewEvents("val events after another of their user", needed=1, found=0)
    queries = queries.take(known)
    choices: tuple[TimeForecaster, ...] = (untold, *gap_counters(corpus).values())
    return Marginal(told, untold, min(choices, key=lambda one: surprise(one, corpus, queries)))


def surprise(forecaster: TimeForecaster, corpus: Corpus, queries: Queries) -> float:
    """The mean log-loss of the gaps that the questions waited, per hour."""
    losses = []
    for low in range(0, len(queries), BATCH):
        part = queries.take(slice(low, low + BATCH))
        forecast = forecaster.time_to_next(corpus, part)
        losses.append(-forecast.log_density(waited(corpus, part)))
    return float(np.concatenate(losses).mean())
