"""Recommendations: places worth showing, some known and some new to the user, not all alike.

Here belong the candidates, the re-ranking for variety and the reasons.  What a user will do next
is `predict`'s.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from models_ml.baselines import places, recent_popularity
from models_ml.columns import RECOMMENDATION_COLUMNS
from models_ml.data.corpus import MICROSECONDS_A_DAY, Corpus, Queries
from models_ml.data.history import own_events
from models_ml.evaluation.rank import top
from models_ml.publish.predict import BATCH, questions
from models_ml.scorer import Scorer

CANDIDATES = 60
NEW_EVERY = 2
VARIETY = 0.3


def recommend(
    scorer: Scorer, sequences: pd.DataFrame | Corpus, k: int = 10, as_of: pd.Timestamp | None = None
) -> pd.DataFrame:
    """k recommendations a user, every second one new to the user where there is one;
    `RECOMMENDATION_COLUMNS`.

    `score` is the relevance (the scorer's, relative to the best of its group: known or new) less
    a penalty for categories already on the list; ranks follow the order of selection.
    """
    corpus, queries, moment = questions(sequences, as_of)
    rows: list[tuple[object, ...]] = []
    for low in range(0, len(queries), BATCH):
        rows += _batch(scorer, corpus, queries.take(slice(low, low + BATCH)), k)
    table = pd.DataFrame(rows, columns=[name for name in RECOMMENDATION_COLUMNS if name != "as_of"])
    table["as_of"] = pd.Series(moment, index=table.index, dtype="datetime64[us, UTC]")
    return table[list(RECOMMENDATION_COLUMNS)]


def _batch(scorer: Scorer, corpus: Corpus, queries: Queries, k: int) -> list[tuple[object, ...]]:
    scores = scorer.score(corpus, queries)
    visits, newest = _visits(corpus, queries)
    is_known = visits > 0
    known = top(np.where(is_known, scores, -1.0), CANDIDATES)
    fresh = top(np.where(is_known, -1.0, scores), CANDIDATES)
    trend = recent_popularity(corpus, places(corpus), queries)
    rows: list[tuple[object, ...]] = []
    for index in range(len(queries)):
        mine = known[index][is_known[index, known[index]]]
        new = fresh[index][~is_known[index, fresh[index]]]
        picked = pick(
            _relative(scores[index], mine),
            _relative(scores[index], new),
            corpus.item_category[mine],
            corpus.item_category[new],
            k,
        )
        favourites = set(corpus.item_category[mine].tolist()) - {-1}
        for rank, (is_new, place, score) in enumerate(picked, start=1):
            item = int(new[place] if is_new else mine[place])
            if is_new:
                reason = _why_new(corpus, item, favourites, float(trend[index, item]))
            else:
                days = (queries.at[index] - newest[index, item]) / MICROSECONDS_A_DAY
                times = int(visits[index, item])
                often = "once" if times == 1 else f"{times} times"
                reason = f"chosen {often} before, last {days:.1f} days ago"
            rows.append(
                (
                    corpus.users[queries.user[index]],
                    rank,
                    corpus.items[item],
                    score,
                    reason,
                    bool(is_new),
                )
            )
    return rows


def pick(
    known: np.ndarray, new: np.ndarray, known_category: np.ndarray, new_category: np.ndarray, k: int
) -> list[tuple[bool, int, float]]:
    """Greedy choice of up to k: (is new, index in its group, score), every `NEW_EVERY`-th slot
    for a new place.

    Relevance falls by `VARIETY` for each earlier pick of the same category (at most to nothing
    gained by repeats).
    """
    groups = {False: (known.copy(), known_category), True: (new.copy(), new_category)}
    picked: list[tuple[bool, int, float]] = []
    for slot in range(k):
        is_new = slot % NEW_EVERY == NEW_EVERY - 1
        if not np.isfinite(groups[is_new][0]).any():
            is_new = not is_new
        relevance, category = groups[is_new]
        if not len(relevance) or not np.isfinite(relevance).any():
            break
        best = int(np.argmax(relevance))
        picked.append((is_new, best, float(relevance[best])))
        chosen = category[best]
        relevance[best] = -np.inf
        if chosen >= 0:
            for values, codes in groups.values():
                values[codes == chosen] -= VARIETY
    return picked


def _relative(scores: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Scores of a group relative to its best, between 0 and 1."""
    own = scores[group]
    peak = own.max() if len(own) else 1.0
    return own / peak if peak > 0 else np.zeros(len(own))


def _visits(corpus: Corpus, queries: Queries) -> tuple[np.ndarray, np.ndarray]:
    """Per question and place: own earlier visits, and the time of the newest one (0 where none)."""
    pairs = own_events(corpus, queries, corpus.item, limit=len(corpus))
    shape = (len(queries), len(corpus.items))
    flat = pairs.query * shape[1] + corpus.item[pairs.row]
    visits = np.bincount(flat, minlength=shape[0] * shape[1]).reshape(shape)
    newest = np.zeros(shape[0] * shape[1], dtype=np.int64)
    np.maximum.at(newest, flat, corpus.at[pairs.row])
    return visits, newest.reshape(shape)


def _why_new(corpus: Corpus, item: int, favourites: set[int], trend: float) -> str:
    category = int(corpus.item_category[item])
    if category in favourites:
        return f"new to you, of a kind you choose: {corpus.categories[category]}"
    if trend >= 1:
        return f"new to you, chosen {int(trend)} times by others in the last 7 days"
    return "new to you, close to what you choose"
