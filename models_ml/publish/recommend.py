"""The published table of recommendations: places worth showing, some known and some new.

Here belongs its layout.  How lists are made is `recommendation`'s; what a user will do next is
`predict`'s.
"""

from __future__ import annotations

import pandas as pd

from models_ml.columns import RECOMMENDATION_COLUMNS
from models_ml.data.corpus import Corpus, Queries
from models_ml.data.tiles import tiles
from models_ml.publish.predict import questions
from models_ml.recommendation import reasons
from models_ml.recommendation.cold import newcomers
from models_ml.recommendation.lists import Lists, found_for, found_for_newcomers, lists_of
from models_ml.recommendation.moment import Moment
from models_ml.recommendation.policy import MIXED, check_policy
from models_ml.recommendation.rerank import Weights
from models_ml.scorer import Scorer


def recommend(
    scorer: Scorer,
    sequences: pd.DataFrame | Corpus,
    k: int = 10,
    as_of: pd.Timestamp | None = None,
    *,
    policy: str = MIXED,
    weights: Weights | None = None,
    profiles: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """At most k recommendations a user; `RECOMMENDATION_COLUMNS`.

    `score` is the value in its slot (`recommendation.rerank`), ranks follow the order of
    selection.  `profiles` (`recommendation.cold.newcomers`) adds people without an event up to
    `as_of`; under `known_only` they get nothing.
    """
    check_policy(policy)
    corpus, queries, as_of = questions(sequences, as_of)
    moment = Moment.before(corpus, int(queries.at[0]))
    chosen = Weights() if weights is None else weights
    rows: list[tuple[object, ...]] = []
    for tile in tiles(len(queries), len(corpus.items)):
        rows += _batch(scorer, moment, queries.take(tile), k, policy, chosen)
    if profiles is not None:
        rows += _cold(moment, profiles, k, policy, chosen)
    table = pd.DataFrame(rows, columns=[name for name in RECOMMENDATION_COLUMNS if name != "as_of"])
    table["as_of"] = pd.Series(as_of, index=table.index, dtype="datetime64[us, UTC]")
    return table[list(RECOMMENDATION_COLUMNS)]


def _batch(
    scorer: Scorer, moment: Moment, queries: Queries, k: int, policy: str, weights: Weights
) -> list[tuple[object, ...]]:
    found, own = found_for(scorer, moment, queries, policy)
    made = lists_of(found, moment, k, policy, weights)
    told = reasons.sentences(own, made.item, made.source, moment)
    return _rows(moment.corpus.users[queries.user], made, told, moment.corpus)


def _cold(
    moment: Moment, profiles: pd.DataFrame, k: int, policy: str, weights: Weights
) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for people in newcomers(moment, profiles):
        made = lists_of(found_for_newcomers(people, policy), moment, k, policy, weights)
        told = [[reasons.why_newcomer(stage) for stage in stages] for stages in made.source]
        rows += _rows(people.users, made, told, moment.corpus)
    return rows


def _rows(users: object, made: Lists, told: list[list[str]], corpus: Corpus) -> list[tuple]:
    """One tuple a place of a list, lists one after the other."""
    return [
        (user, rank, corpus.items[item], float(score), reason, bool(is_new))
        for user, *parts in zip(
            users,
            made.item,
            made.score,
            told,
            made.is_new,
            strict=True,  # type: ignore[call-overload]
        )
        for rank, (item, score, reason, is_new) in enumerate(zip(*parts, strict=True), start=1)
        if item >= 0
    ]
