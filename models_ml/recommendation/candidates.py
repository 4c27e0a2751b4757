"""The places that may be on a person's list, some hundred, each with a relevance.

Here belong the proposals of four sources and the scale of relevance: the scorer's best known and
new places, what is popular around the person's last places, what is most visited of the kinds
they choose, and places that hardly anybody knows (`cold`).  Which of them are shown is `rerank`'s.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.neighbors import BallTree

from models_ml.data.corpus import Corpus, Queries
from models_ml.data.history import own_events
from models_ml.evaluation.rank import checked, top
from models_ml.recommendation.cold import cold_scores
from models_ml.recommendation.moment import EARTH_KM, Moment
from models_ml.recommendation.policy import MIXED, allowed

SCORER, REGION, KIND, COLD = range(4)
# Few cold ones: novelty draws them up every list, and each takes a slot from what is likelier.
KNOWN, FRESH, AROUND, OF_A_KIND, COLDEST = 40, 40, 8, 8, 2
LAST_PLACES, KINDS = 3, 2
NEIGHBOURS, REACH_KM = 100, 1.0


@dataclass(frozen=True, eq=False)
class Own:
    """People's past, dense: visits and time of the newest (0 where none), (queries, places)."""

    visits: np.ndarray
    newest: np.ndarray

    @property
    def is_known(self) -> np.ndarray:
        """Whether the person has been there."""
        return self.visits > 0


@dataclass(frozen=True, eq=False)
class Candidates:
    """(queries, candidates): place codes (-1 for none), relevance 0 to 1, whether known, source."""

    item: np.ndarray
    relevance: np.ndarray
    is_known: np.ndarray
    source: np.ndarray


def past_of(corpus: Corpus, queries: Queries) -> Own:
    """Every earlier visit of each person asked about."""
    pairs = own_events(corpus, queries, corpus.item, limit=len(corpus))
    shape = (len(queries), len(corpus.items))
    flat = pairs.query * shape[1] + corpus.item[pairs.row]
    newest = np.zeros(shape[0] * shape[1], dtype=np.int64)
    np.maximum.at(newest, flat, corpus.at[pairs.row])
    visits = np.bincount(flat, minlength=len(newest))
    return Own(visits.reshape(shape), newest.reshape(shape))


def candidates(scores: np.ndarray, own: Own, moment: Moment, policy: str) -> Candidates:
    """The candidates of each person; `scores` are a scorer's, (queries, places).

    Relevance is the score above the least there is (or above 0, where none is negative), relative
    to the best candidate's; under `mixed`, where known and new places never compete for a slot, to
    the best of its own kind.  A place that hardly anybody knows counts with its neighbours' mean
    score where that is higher.
    """
    exact = checked(scores)
    exact = exact - np.minimum(exact[:, moment.seen].min(axis=1, keepdims=True, initial=0.0), 0.0)
    cold, lent = cold_scores(exact, own.is_known, moment)
    parts = [
        (SCORER, _best(exact, own.is_known, KNOWN)),
        (SCORER, _best(exact, ~own.is_known & moment.seen, FRESH)),
        (REGION, _around_last_places(own, moment)),
        (KIND, _of_chosen_kinds(own, moment)),
        (COLD, _lent_most(cold, lent)),
    ]
    item = np.concatenate([codes for _, codes in parts], axis=1)
    source = np.concatenate([np.full(codes.shape, name) for name, codes in parts], axis=1)
    item = _without_repeats(item)
    is_known = np.take_along_axis(own.is_known, np.maximum(item, 0), axis=1) & (item >= 0)
    item = np.where(allowed(policy, is_known), item, -1)
    raw = np.where(item >= 0, np.take_along_axis(exact, np.maximum(item, 0), axis=1), 0.0)
    raw = np.maximum(raw, _lent_to(item, is_known, cold, lent, len(moment.visits)))
    return Candidates(item, _relative(raw, is_known, policy), is_known, source)


def _best(scores: np.ndarray, wanted: np.ndarray, count: int) -> np.ndarray:
    """The best places of the wanted ones, best first, -1 where there are fewer."""
    codes = top(np.where(wanted, scores, -1.0), count)
    return np.where(np.take_along_axis(wanted, codes, axis=1), codes, -1)


def _around_last_places(own: Own, moment: Moment) -> np.ndarray:
    """What was visited most lately around the last places, nearer ones counting more."""
    last = top(own.newest, LAST_PLACES)
    last = np.where(np.take_along_axis(own.is_known, last, axis=1), last, -1)
    placed = np.flatnonzero(moment.seen & np.isfinite(moment.points).all(axis=1))
    around = np.full((len(moment.visits) + 1, AROUND), -1, dtype=np.int64)
    asked = np.intersect1d(last, placed)
    if len(asked):
        degrees = np.stack([moment.corpus.item_latitude, moment.corpus.item_longitude], axis=1)
        tree = BallTree(np.radians(degrees[placed]), metric="haversine")
        away, near = tree.query(np.radians(degrees[asked]), k=min(NEIGHBOURS, len(placed)))
        weight = moment.trend[placed[near]] * np.exp(-away * EARTH_KM / REACH_KM)
        best = np.argsort(-weight, axis=1, kind="stable")[:, :AROUND]
        around[asked, : best.shape[1]] = placed[np.take_along_axis(near, best, axis=1)]
    return around[last].reshape(len(last), -1)


def _of_chosen_kinds(own: Own, moment: Moment) -> np.ndarray:
    """The places visited most of the categories that the person chose most."""
    corpus, count = moment.corpus, len(moment.corpus.categories)
    if not count:
        return np.empty((len(own.visits), 0), dtype=np.int64)
    query, item = np.nonzero(own.visits)
    kind = corpus.item_category[item]
    has = kind >= 0
    flat = query[has] * count + kind[has]
    weights = own.visits[query[has], item[has]]
    chosen = np.bincount(flat, weights=weights, minlength=len(own.visits) * count)
    table = chosen.reshape(len(own.visits), count)
    kinds = top(table, KINDS)
    kinds = np.where(np.take_along_axis(table, kinds, axis=1) > 0, kinds, count)
    return _most_visited(moment)[kinds].reshape(len(own.visits), -1)


def _most_visited(moment: Moment) -> np.ndarray:
    """Per category its most visited places, -1 where there are fewer; the last row is nobody's."""
    category = moment.corpus.item_category
    seen = np.flatnonzero(moment.seen & (category >= 0))
    order = seen[np.lexsort((seen, -moment.visits[seen], category[seen]))]
    nth = np.arange(len(order)) - np.searchsorted(category[order], category[order], side="left")
    best = np.full((len(moment.corpus.categories) + 1, OF_A_KIND), -1, dtype=np.int64)
    kept = nth < OF_A_KIND
    best[category[order[kept]], nth[kept]] = order[kept]
    return best


def _lent_most(cold: np.ndarray, lent: np.ndarray) -> np.ndarray:
    """Of the places hardly anybody knows, those whose neighbours score best, where any do."""
    if not len(cold):
        return np.empty((len(lent), 0), dtype=np.int64)
    best = top(lent, COLDEST)
    return np.where(np.take_along_axis(lent, best, axis=1) > 0, cold[best], -1)


def _lent_to(
    item: np.ndarray, is_known: np.ndarray, cold: np.ndarray, lent: np.ndarray, size: int
) -> np.ndarray:
    """The neighbours' score of each new candidate that is cold, 0 for every other."""
    column = np.full(size + 1, -1, dtype=np.int64)
    column[cold] = np.arange(len(cold))
    at = np.where(is_known, -1, column[item])
    if not len(cold):
        return np.zeros(item.shape)
    return np.where(at >= 0, np.take_along_axis(lent, np.maximum(at, 0), axis=1), 0.0)


def _without_repeats(item: np.ndarray) -> np.ndarray:
    """Every place once a row, where it stands first; -1 in place of the others."""
    order = np.argsort(item, axis=1, kind="stable")
    ordered = np.take_along_axis(item, order, axis=1)
    again = np.zeros(item.shape, dtype=bool)
    again[:, 1:] = ordered[:, 1:] == ordered[:, :-1]
    result = item.copy()
    np.put_along_axis(result, order, np.where(again, -1, ordered), axis=1)
    return result


def _relative(raw: np.ndarray, is_known: np.ndarray, policy: str) -> np.ndarray:
    """Scores relative to the best, 0 to 1: of all, or of known and new places apart."""
    kinds = (is_known, ~is_known) if policy == MIXED else (np.ones_like(is_known),)
    result = np.zeros(raw.shape)
    for kind in kinds:
        peak = np.where(kind, raw, 0.0).max(axis=1, keepdims=True)
        result = np.where(kind & (peak > 0), raw / np.where(peak > 0, peak, 1.0), result)
    return result
