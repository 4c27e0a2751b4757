"""One list a person: scores, candidates, re-ranking, in this order.

Here belongs running them, for people with a past and without.  Layout and words are not here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models_ml.data.corpus import Queries
from models_ml.recommendation.candidates import Candidates, Own, candidates, past_of
from models_ml.recommendation.cold import Newcomers
from models_ml.recommendation.moment import Moment
from models_ml.recommendation.policy import allowed
from models_ml.recommendation.rerank import Weights, rerank
from models_ml.scorer import Scorer

NEWCOMER_CANDIDATES = 100


@dataclass(frozen=True, eq=False)
class Lists:
    """(people, k): place codes (-1 for none, only at the end), value, whether new, source."""

    item: np.ndarray
    score: np.ndarray
    is_new: np.ndarray
    source: np.ndarray


def found_for(
    scorer: Scorer, moment: Moment, queries: Queries, policy: str
) -> tuple[Candidates, Own]:
    """The candidates of questions that are all put at the moment, and the people's past."""
    own = past_of(moment.corpus, queries)
    return candidates(scorer.score(moment.corpus, queries), own, moment, policy), own


def lists_of(found: Candidates, moment: Moment, k: int, policy: str, weights: Weights) -> Lists:
    """The k best of the candidates under a policy; fewer where there are fewer."""
    columns, values = rerank(found, moment, k, policy, weights)
    at = np.maximum(columns, 0)
    item, is_known, source = (
        np.take_along_axis(one, at, axis=1) if one.shape[1] else np.zeros(columns.shape, int)
        for one in (found.item, found.is_known, found.source)
    )
    return Lists(np.where(columns >= 0, item, -1), values, ~is_known.astype(bool), source)


def found_for_newcomers(people: Newcomers, policy: str) -> Candidates:
    """Candidates of people without a past, to whom every place is new; `source` is the stage."""
    order = np.argsort(-people.relevance, axis=1, kind="stable")[:, :NEWCOMER_CANDIDATES]
    relevance = np.take_along_axis(people.relevance, order, axis=1)
    is_known = np.zeros(order.shape, dtype=bool)
    item = np.where((relevance > 0) & allowed(policy, is_known), order, -1)
    return Candidates(item, relevance, is_known, np.take_along_axis(people.stage, order, axis=1))
