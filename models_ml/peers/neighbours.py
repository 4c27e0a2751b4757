"""Nearest neighbours: people with like histories, and places with like visitors.

Here belong the two memory-based peers.  Similarity is the cosine of log(1 + visits), learned on
train rows alone (scikit-learn's nearest neighbours); a question brings the user's own events
strictly before it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any, Self

import numpy as np
from scipy import sparse
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import normalize

from models_ml.baselines import baseline
from models_ml.columns import ITEM_KNN, USER_KNN
from models_ml.data.corpus import Corpus, Queries, queries_for_rows, target_rows
from models_ml.data.history import own_events
from models_ml.data.tiles import tiles
from models_ml.errors import ModelError, TooFewEvents
from models_ml.evaluation.rank import expected_ranks
from models_ml.scorer import Citation

NEIGHBOURS = (10, 40, 160)
RECENCIES = (5.0, 20.0, 100.0)
STRENGTHS = (0.05, 0.2, 0.8)
CHOSEN_ON = 1_500
TIE_BREAK = 1e-6


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a batch of questions brings: `row[p]` of question `query[p]` at the model's place
    `item[p]`, weighing `weight[p]`; the weights of a question sum to 1.
    """

    query: np.ndarray
    row: np.ndarray
    item: np.ndarray
    weight: np.ndarray


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Own events weighted 1 / (1 + k / `recency`) for the k-th newest, and `strength` times what
    the `neighbours` nearest say.

    `visits` (people, places) counts the train rows by `people` and `places`, the names in order.
    What nobody speaks for is ordered by popularity in train.
    """

    name: str
    people: np.ndarray
    places: np.ndarray
    visits: sparse.csr_matrix
    neighbours: int = NEIGHBOURS[1]
    recency: float = RECENCIES[1]
    strength: float = STRENGTHS[1]

    def fit(self, corpus: Corpus) -> Neighbours:
        """Count anew and choose the settings anew on val; returns the new model."""
        return train_neighbours(self.name, corpus)

    def update(self, corpus: Corpus) -> Self:
        """Count the grown train split with the settings that were chosen; returns the new model."""
        return replace(self, **_counted(corpus))

    def score(self, corpus: Corpus, queries: Queries) -> np.ndarray:
        """Evidence for all places, (queries, items); 0 for what is not in train."""
        codes = _codes(corpus.items, self.places)
        known = codes >= 0
        result = np.zeros((len(queries), len(codes)))
        for tile in tiles(len(queries), len(codes)):
            part = queries.take(tile)
            result[tile, known] = self._own_scores(corpus, part)[:, codes[known]]
        return result

    def score_events(self, corpus: Corpus, queries: Queries) -> np.ndarray:
        """Event types are not what neighbours are asked for: the user's own shares, and
        everybody's where there are few.
        """
        return baseline("visit_counter").score_events(corpus, queries)

    def explain(self, corpus: Corpus, queries: Queries, items: np.ndarray) -> list[list[Citation]]:
        """The user's own events by what each adds to the place's score: its own visit, or its
        likeness to the place or to the visits of people who were there.
        """
        codes = _codes(corpus.items, self.places)[items]
        found = self._evidence(corpus, queries)
        known = codes[found.query] >= 0
        weight = np.where(known & (found.item == codes[found.query]), found.weight, 0.0)
        weight = weight + known * self.strength * self._spoken(corpus, queries, found, codes)
        total = np.bincount(found.query, weights=weight, minlength=len(queries))
        cited: list[list[Citation]] = [[] for _ in range(len(queries))]
        for p in np.lexsort((-found.row, -weight, found.query)):
            one = int(found.query[p])
            if weight[p] > 1e-4 * total[one]:
                role = "place" if found.item[p] == codes[one] else "context"
                share = float(weight[p] / total[one])
                cited[one].append(Citation(int(found.row[p]), share, role))
        return cited

    def _own_scores(self, corpus: Corpus, queries: Queries) -> np.ndarray:
        """Scores of the model's own places, (queries, places)."""
        found = self._evidence(corpus, queries)
        own = self._table(found, found.weight, len(queries))
        others = (
            own @ self._like_places
            if self.name == ITEM_KNN
            else self._near(corpus, queries, found) @ self._shares
        )
        total: np.ndarray = (own + self.strength * others).toarray() + TIE_BREAK * self._popularity
        return total

    def _evidence(self, corpus: Corpus, queries: Queries) -> Evidence:
        codes = _codes(corpus.items, self.places)
        pairs = own_events(corpus, queries, corpus.item)
        item = codes[corpus.item[pairs.row]]
        kept = item >= 0
        query, lag = pairs.query[kept], pairs.lag[kept]
        weight = 1.0 / (1.0 + lag / self.recency)
        total = np.bincount(query, weights=weight, minlength=len(queries))
        return Evidence(query, pairs.row[kept], item[kept], weight / total[query])

    def _spoken(
        self, corpus: Corpus, queries: Queries, found: Evidence, codes: np.ndarray
    ) -> np.ndarray:
        """What each own event adds through neighbours to its question's place, before
        `strength`.
        """
        asked = np.maximum(codes, 0)[found.query]
        if self.name == ITEM_KNN:
            like = np.asarray(self._like_places[found.item, asked]).ravel()
            return found.weight * like
        profile = self._profile(found, len(queries))
        near = self._near(corpus, queries, found)
        result = np.zeros(len(found.query))
        for query in range(len(queries)):
            mine = np.flatnonzero(found.query == query)
            there = self._shares[:, max(codes[query], 0)].toarray().ravel()
            # The share of a neighbour's likeness that lies at each place.
            row = near[query]
            shared = self._people_like[row.indices].multiply(profile[query]).tocsr()
            likeness = np.asarray(shared.sum(axis=1)).ravel()
            scale = row.data * there[row.indices] / np.maximum(likeness, 1e-12)
            by_place = np.asarray(shared.T @ scale).ravel()
            item = found.item[mine]
            result[mine] = by_place[item] / np.bincount(item)[item] if len(item) else 0.0
        return result

    def _near(self, corpus: Corpus, queries: Queries, found: Evidence) -> sparse.csr_matrix:
        """Weights of the nearest other people of each question, (queries, people), rows summing
        to 1 where there is one who shares a place.
        """
        profile = self._profile(found, len(queries))
        asked = min(self.neighbours + 1, len(self.people))
        distance, index = self._searcher.kneighbors(profile, n_neighbors=asked)
        likeness = np.maximum(1.0 - distance, 0.0)
        likeness[index == _codes(corpus.users, self.people)[queries.user][:, None]] = 0.0
        total = likeness.sum(axis=1, keepdims=True)
        owner = np.repeat(np.arange(len(queries)), asked)
        weight = (likeness / np.maximum(total, 1e-12)).ravel()
        shape = (len(queries), len(self.people))
        near = sparse.csr_matrix((weight, (owner, index.ravel())), shape=shape)
        near.eliminate_zeros()
        return near

    def _profile(self, found: Evidence, size: int) -> sparse.csr_matrix:
        """log(1 + visits) of the questions, of length 1."""
        counts = self._table(found, np.ones(len(found.query)), size)
        return normalize(counts.log1p())

    def _table(self, found: Evidence, weight: np.ndarray, size: int) -> sparse.csr_matrix:
        shape = (size, len(self.places))
        return sparse.csr_matrix((weight, (found.query, found.item)), shape=shape)

    @cached_property
    def _people_like(self) -> sparse.csr_matrix:
        return normalize(self.visits.log1p())

    @cached_property
    def _shares(self) -> sparse.csr_matrix:
        return normalize(self.visits, norm="l1")

    @cached_property
    def _popularity(self) -> np.ndarray:
        counts = np.asarray(self.visits.sum(axis=0)).ravel()
        return counts / max(counts.sum(), 1.0)

    @cached_property
    def _searcher(self) -> NearestNeighbors:
        return NearestNeighbors(metric="cosine", algorithm="brute").fit(self._people_like)

    @cached_property
    def _like_places(self) -> sparse.csr_matrix:
        """Cosines of the nearest other places of each place, (places, places)."""
        visitors = normalize(self.visits.log1p().T.tocsr())
        asked = min(self.neighbours, len(self.places) - 1)
        search = NearestNeighbors(n_neighbors=asked, metric="cosine", algorithm="brute")
        graph = search.fit(visitors).kneighbors_graph(mode="distance").tocsr()
        graph.data = np.maximum(1.0 - graph.data, 0.0)
        graph.eliminate_zeros()
        return graph


def train_neighbours(name: str, corpus: Corpus) -> Neighbours:
    """Count the train split, and take the settings of the highest MRR on a sample of val."""
    if name not in (USER_KNN, ITEM_KNN):
        raise ModelError(f"no neighbours are called {name!r}", fix=f"{USER_KNN} or {ITEM_KNN}")
    plain = Neighbours(name, **_counted(corpus))
    rows = target_rows(corpus, "val", max_targets=CHOSEN_ON)
    if not len(rows):
        return plain
    queries, target = queries_for_rows(corpus, rows), corpus.item[rows]
    choices = [
        replace(plain, neighbours=count, recency=recency, strength=strength)
        for count, recency, strength in product(NEIGHBOURS, RECENCIES, STRENGTHS)
    ]
    parts = list(tiles(len(queries), len(corpus.items)))

    def mrr(one: Neighbours) -> float:
        ranks = [expected_ranks(one.score(corpus, queries.take(p)), target[p]) for p in parts]
        return float((1 / np.concatenate(ranks)).mean())

    return max(choices, key=mrr)


def _counted(corpus: Corpus) -> dict[str, Any]:
    """Names and visits of the train rows that have a place."""
    rows = np.flatnonzero((corpus.split == 0) & (corpus.item >= 0))
    if not len(rows):
        raise TooFewEvents("train events with a place", needed=1, found=0)
    people, user = np.unique(corpus.user[rows], return_inverse=True)
    places, item = np.unique(corpus.item[rows], return_inverse=True)
    visits = sparse.csr_matrix((np.ones(len(rows)), (user, item)), shape=(len(people), len(places)))
    return {"people": corpus.users[people], "places": corpus.items[places], "visits": visits}


def _codes(names: np.ndarray, known: np.ndarray) -> np.ndarray:
    """For each name its index among the known ones, -1 where it is not."""
    index = {name: code for code, name in enumerate(known)}
    return np.array([index.get(name, -1) for name in names], dtype=np.int64)
