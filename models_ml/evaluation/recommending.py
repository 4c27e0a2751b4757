"""The evaluation of recommendations: every model's lists on the same people and moments.

At a few moments of a split each person asked about gets a list from what lies strictly before;
relevant are the distinct places of the split's events in the days that follow.  Here belong the
choice of people and moments, the choice of the re-ranking on val, and the layout of the rows.
Formulas are in `lists`; how lists are made is `recommendation`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from models_ml.columns import EVALUATION_COLUMNS, RERANKED, SPLITS, TASK_RECOMMENDATION
from models_ml.data.corpus import MICROSECONDS_A_DAY, Corpus, Queries, queries_at
from models_ml.data.tiles import tiles
from models_ml.evaluation import lists as measures
from models_ml.evaluation import metrics
from models_ml.evaluation.protocol import Protocol
from models_ml.recommendation.candidates import Candidates
from models_ml.recommendation.lists import found_for, lists_of
from models_ml.recommendation.moment import Moment
from models_ml.recommendation.policy import KNOWN_ONLY, NEW_ONLY
from models_ml.recommendation.rerank import PLAIN, Weights
from models_ml.scorer import Scorer

LISTED = max(measures.CUTOFFS)
DRAWS = 200
ALLOWED_LOSS, ALLOWED_LOSS_NEW = 0.01, 0.05
DIVERSITIES = (0.0, 0.1, 0.2, 0.3, 0.5)
NOVELTIES = (0.0, 0.1, 0.2, 0.3, 0.5)


@dataclass(frozen=True, eq=False)
class Asked:
    """Questions put at one moment and the relevant (question, place) pairs, each once.

    `is_return` says of each pair whether the person had been to the place before the moment.
    """

    moment: Moment
    queries: Queries
    owner: np.ndarray
    place: np.ndarray
    is_return: np.ndarray


@dataclass(frozen=True, eq=False)
class Proposed:
    """One model's candidates for what is asked, and the mean popularity of each person's places."""

    asked: Asked
    found: Candidates
    own_popularity: np.ndarray


def asked_of(corpus: Corpus, split: str, protocol: Protocol) -> list[Asked]:
    """The questions of a split, one `Asked` a moment; moments at which nobody asked about goes
    anywhere afterwards are left out.

    Asked about are people with an event before the moment and a relevant place after it.  Places
    that the policy never shows are not relevant.
    """
    rows = np.flatnonzero((corpus.split == SPLITS.index(split)) & (corpus.item >= 0))
    if not len(rows):
        return []
    drawn = np.random.default_rng(protocol.seed).permutation(np.unique(corpus.user[rows]))
    rows = rows[np.isin(corpus.user[rows], drawn[: protocol.users])]
    first, last = int(corpus.at[rows].min()), int(corpus.at[rows].max())
    horizon = int(protocol.horizon_days * MICROSECONDS_A_DAY)
    starts = np.linspace(first, max(last - horizon, first), protocol.moments).astype(np.int64)
    found = [_asked_at(corpus, rows, at, horizon, protocol.policy) for at in np.unique(starts)]
    return [one for one in found if len(one.queries)]


def _asked_at(corpus: Corpus, rows: np.ndarray, at: int, horizon: int, policy: str) -> Asked:
    after = rows[(corpus.at[rows] >= at) & (corpus.at[rows] < at + horizon)]
    size = len(corpus.items)
    keys = np.unique(corpus.user[after] * size + corpus.item[after])
    before = np.flatnonzero((corpus.at < at) & (corpus.item >= 0))
    is_return = np.isin(keys, corpus.user[before] * size + corpus.item[before])
    with_past = np.isin(keys // size, corpus.user[corpus.at < at])
    shown = {NEW_ONLY: ~is_return, KNOWN_ONLY: is_return}.get(policy, True)
    kept = with_past & shown
    users, owner = np.unique(keys[kept] // size, return_inverse=True)
    queries = queries_at(corpus, users, int(at))
    return Asked(Moment.before(corpus, int(at)), queries, owner, keys[kept] % size, is_return[kept])


def proposed(scorer: Scorer, asked: list[Asked], policy: str) -> list[Proposed]:
    """A model's candidates for every question, in batches."""
    made = []
    for one in asked:
        parts, popularity = [], []
        for tile in tiles(len(one.queries), len(one.moment.corpus.items)):
            part = one.queries.take(tile)
            found, own = found_for(scorer, one.moment, part, policy)
            parts.append(found)
            known = own.is_known.sum(axis=1)
            total = (own.is_known * one.moment.popularity).sum(axis=1)
            popularity.append(np.where(known > 0, total / np.maximum(known, 1), np.nan))
        names = ("item", "relevance", "is_known", "source")
        whole = Candidates(*(np.concatenate([getattr(p, n) for p in parts]) for n in names))
        made.append(Proposed(one, whole, np.concatenate(popularity)))
    return made


def chosen_weights(found: list[Proposed], policy: str) -> Weights:
    """The weights of re-ranking from the answers on val: of all on the grid that lose little, those
    with the greatest sum of diversity@10 (0 to 1) and novelty@10 (0 to 1, as a share of the most
    there can be).

    Little is at most `ALLOWED_LOSS` of the NDCG@10 without re-ranking, and at most
    `ALLOWED_LOSS_NEW` of its part that comes from places new to the person, which is too small a
    part to be guarded by the whole.  Equal sums: the smaller weights.  Without a question there is
    nothing to choose from: `PLAIN`.
    """
    if not found:
        return PLAIN
    grid = [Weights(d, n) for d in DIVERSITIES for n in NOVELTIES]
    quality = [_quality(found, policy, one) for one in grid]
    least = quality[0].ndcg * (1 - ALLOWED_LOSS), quality[0].new * (1 - ALLOWED_LOSS_NEW)
    best = max(
        (i for i, one in enumerate(quality) if one.ndcg >= least[0] and one.new >= least[1]),
        key=lambda i: (quality[i].varied, -i),
    )
    return grid[best]


def weights_on_val(scorer: Scorer, corpus: Corpus, protocol: Protocol) -> Weights:
    """`chosen_weights` of a model over the val split."""
    found = proposed(scorer, asked_of(corpus, "val", protocol), protocol.policy)
    return chosen_weights(found, protocol.policy)


class Quality(NamedTuple):
    """Means over questions: NDCG@10, its part from new places, diversity@10 plus novelty@10."""

    ndcg: float
    new: float
    varied: float


def _quality(found: list[Proposed], policy: str, weights: Weights) -> Quality:
    parts = []
    for one in found:
        asked, moment = one.asked, one.asked.moment
        made = lists_of(one.found, moment, 10, policy, weights)
        hits = measures.hits_of(made.item, asked.owner, asked.place)
        relevant = np.bincount(asked.owner, minlength=len(hits))
        ndcg, new = (
            measures.accuracy(part, relevant, (10,))["ndcg@10"]
            for part in (hits, hits & made.is_new)
        )
        inside = made.item >= 0
        novel = (moment.novelty[made.item] * inside).sum(axis=1) / np.maximum(inside.sum(axis=1), 1)
        unlike = np.nan_to_num(measures.variety(made.item, moment, (10,))["diversity@10"])
        parts.append(np.stack([ndcg, new, unlike + novel], axis=1))
    return Quality(*np.concatenate(parts).mean(axis=0).tolist())


def evaluate_recommendations(
    scorers: Mapping[str, Scorer],
    corpus: Corpus,
    split: str = "test",
    *,
    protocol: Protocol | None = None,
    min_users: int = 1,
) -> pd.DataFrame:
    """Rows of task `recommendation` for every model, plain and re-ranked; `EVALUATION_COLUMNS`.

    Model `NAME` fills its slots by relevance alone, `NAME+mmr` with the weights chosen on val for
    it; they stand there as metrics `weight_diversity` and `weight_novelty`.  `n` counts questions
    (a person at a moment), `users` people.  Segments `return` and `discovery` hold the same lists
    against the relevant places that the person had been to, or had not.
    """
    rules = Protocol() if protocol is None else protocol
    asked = asked_of(corpus, split, rules)
    val = asked_of(corpus, "val", rules)
    rows: list[dict[str, object]] = []
    for name, scorer in scorers.items() if asked else ():
        weights = chosen_weights(proposed(scorer, val, rules.policy), rules.policy)
        found = proposed(scorer, asked, rules.policy)
        for model, chosen in ((name, PLAIN), (name + RERANKED, weights)):
            key = {"model": model, "task": TASK_RECOMMENDATION, "split": split}
            rows += _rows(key, found, rules.policy, chosen, min_users)
    return pd.DataFrame(rows, columns=list(EVALUATION_COLUMNS))


def _rows(
    key: Mapping[str, object], found: list[Proposed], policy: str, weights: Weights, min_users: int
) -> list[dict[str, object]]:
    items = [lists_of(one.found, one.asked.moment, LISTED, policy, weights).item for one in found]
    user = np.concatenate([one.asked.queries.user for one in found])
    rows: list[dict[str, object]] = []
    for segment in ("all", "return", "discovery"):
        values, mask = _against(found, items, segment)
        people = len(np.unique(user[mask]))
        if people < max(min_users, 1):
            continue
        if segment == "all":
            values |= _of_lists(found, items)
        ids, draws = metrics.resample(user[mask])
        about = {**key, "segment": segment, "n": int(mask.sum())}
        rows.append({**about, "metric": "users", "value": float(people)})
        rows += _means(about, values, ids, draws)
        if segment == "all":
            rows += _of_the_catalogue(about, found, np.concatenate(items), ids, draws[:DRAWS])
            for name in ("diversity", "novelty"):
                value = getattr(weights, name)
                rows.append({**about, "metric": f"weight_{name}", "value": value})
    return rows


def _against(
    found: list[Proposed], items: list[np.ndarray], segment: str
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Accuracy per list that has something relevant in the segment, and which lists have."""
    hits, relevant = [], []
    for one, listed in zip(found, items, strict=True):
        asked = one.asked
        wanted = {"return": asked.is_return, "discovery": ~asked.is_return}
        kept = wanted.get(segment, np.ones(len(asked.owner), dtype=bool))
        hits.append(measures.hits_of(listed, asked.owner[kept], asked.place[kept]))
        relevant.append(np.bincount(asked.owner[kept], minlength=len(listed)))
    count = np.concatenate(relevant)
    mask = count > 0
    return measures.accuracy(np.concatenate(hits)[mask], count[mask]), mask


def _of_lists(found: list[Proposed], items: list[np.ndarray]) -> dict[str, np.ndarray]:
    """Variety, novelty and popularity per list."""
    parts = [
        measures.variety(listed, one.asked.moment)
        | measures.popularity_bias(listed, one.own_popularity, one.asked.moment)
        for one, listed in zip(found, items, strict=True)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _means(
    about: dict[str, object], values: dict[str, np.ndarray], ids: np.ndarray, draws: np.ndarray
) -> list[dict[str, object]]:
    """Means with intervals over users, each over the lists it is defined for."""
    rows = []
    for name, value in values.items():
        known = np.isfinite(value)
        if not known.any():
            continue
        low, high = metrics.intervals(value[known][:, None], ids[known], draws)
        mean = {"metric": name, "value": float(value[known].mean())}
        rows.append({**about, **mean, "ci_low": float(low[0]), "ci_high": float(high[0])})
    return rows


def _of_the_catalogue(
    about: dict[str, object],
    found: list[Proposed],
    items: np.ndarray,
    ids: np.ndarray,
    draws: np.ndarray,
) -> list[dict[str, object]]:
    """Coverage and Gini of exposure over the places seen by the last moment; their intervals are
    `lists.spread_around`'s.
    """
    catalogue = int(max(one.asked.moment.seen.sum() for one in found))
    rows: list[dict[str, object]] = []
    for k in measures.CUTOFFS:
        shown = measures.exposure(items[:, :k], ids, draws.shape[1])
        drawn = draws @ shown
        for name, of in (("coverage", measures.coverage), ("gini", measures.gini)):
            value = float(of(shown.sum(axis=0), catalogue))
            low, high = measures.spread_around(value, of(drawn, catalogue))
            row = {"metric": f"{name}@{k}", "value": value, "ci_low": low, "ci_high": high}
            rows.append({**about, **row})
    return rows
