"""The published prediction tables: next places, next event types, and the events they rest on.

Here belongs the layout of those tables, for any scorer.  Columns are the design's, without
`model_version` and `model_source`, which the publisher adds.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from models_ml.columns import EXPLANATION_COLUMNS, NEXT_EVENT_COLUMNS, NEXT_PLACE_COLUMNS
from models_ml.data.corpus import Corpus, Queries, encode, queries_at
from models_ml.data.tiles import tiles
from models_ml.errors import ModelError
from models_ml.evaluation.rank import top
from models_ml.scorer import Citation, Scorer


def newest_moment(corpus: Corpus) -> pd.Timestamp:
    """The time of the newest event: the default `as_of`."""
    return pd.Timestamp(int(corpus.at_sorted[-1]), unit="us", tz="UTC")


def questions(
    sequences: pd.DataFrame | Corpus, as_of: pd.Timestamp | None = None
) -> tuple[Corpus, Queries, pd.Timestamp]:
    """One question a user who has an event at or before `as_of` (default: the newest event), in
    order of user id.
    """
    corpus = sequences if isinstance(sequences, Corpus) else encode(sequences)
    moment = newest_moment(corpus) if as_of is None else _utc(as_of)
    at = moment.value // 1_000 + 1
    users = np.argsort(corpus.users, kind="stable")
    queries = queries_at(corpus, users, at)
    known = queries.before > 0
    if not known.any():
        raise ModelError(
            f"no user has an event at or before {moment.isoformat()}",
            where="predict",
            fix="a later as_of",
        )
    return corpus, queries.take(known), moment


def next_places(
    scorer: Scorer, sequences: pd.DataFrame | Corpus, k: int = 10, as_of: pd.Timestamp | None = None
) -> pd.DataFrame:
    """The k likeliest next places of every user; `NEXT_PLACE_COLUMNS`, probabilities over all
    places sum to 1.
    """
    corpus, queries, moment = questions(sequences, as_of)
    parts = []
    for part, share in _shares(scorer, corpus, queries):
        best = top(share, k)
        width = best.shape[1]
        codes = best.ravel()
        parts.append(
            pd.DataFrame(
                {
                    "user_id": np.repeat(corpus.users[part.user], width),
                    "rank": np.tile(np.arange(1, width + 1), len(part)),
                    "item_id": corpus.items[codes],
                    "probability": np.take_along_axis(share, best, axis=1).ravel(),
                    "latitude": corpus.item_latitude[codes],
                    "longitude": corpus.item_longitude[codes],
                }
            )
        )
    table = pd.concat(parts, ignore_index=True)
    table["predicted_for"] = pd.Series(pd.NaT, index=table.index, dtype="datetime64[us, UTC]")
    table["as_of"] = pd.Series(moment, index=table.index, dtype="datetime64[us, UTC]")
    return table[list(NEXT_PLACE_COLUMNS)]


def next_event_types(
    scorer: Scorer, sequences: pd.DataFrame | Corpus, as_of: pd.Timestamp | None = None
) -> pd.DataFrame:
    """The probability of every type for each user's next event; `NEXT_EVENT_COLUMNS`."""
    corpus, queries, moment = questions(sequences, as_of)
    kinds = len(corpus.kinds)
    parts = []
    for tile in tiles(len(queries), len(corpus.items)):
        part = queries.take(tile)
        share = scorer.score_events(corpus, part)
        parts.append(
            pd.DataFrame(
                {
                    "user_id": np.repeat(corpus.users[part.user], kinds),
                    "event_type": np.tile(corpus.kinds, len(part)),
                    "probability": (share / share.sum(axis=1, keepdims=True)).ravel(),
                }
            )
        )
    table = pd.concat(parts, ignore_index=True)
    table["as_of"] = pd.Series(moment, index=table.index, dtype="datetime64[us, UTC]")
    return table[list(NEXT_EVENT_COLUMNS)]


def explanations(
    scorer: Scorer,
    sequences: pd.DataFrame | Corpus,
    k: int = 3,
    as_of: pd.Timestamp | None = None,
    cited: int = 3,
) -> pd.DataFrame:
    """For each user's k likeliest next places, the `cited` earlier events that weigh most;
    `EXPLANATION_COLUMNS`.

    A place that no earlier event of the user speaks for has no row.
    """
    corpus, queries, moment = questions(sequences, as_of)
    rows: list[tuple[object, ...]] = []
    for part, share in _shares(scorer, corpus, queries):
        best = top(share, k)
        for rank in range(best.shape[1]):
            found = scorer.explain(corpus, part, best[:, rank])
            for index, citations in enumerate(found):
                user, item = corpus.users[part.user[index]], corpus.items[best[index, rank]]
                for one in citations[:cited]:
                    text = describe(corpus, one, item, moment)
                    rows.append((user, item, rank + 1, corpus.event_id[one.row], one.weight, text))
    return pd.DataFrame(rows, columns=list(EXPLANATION_COLUMNS))


def describe(corpus: Corpus, citation: Citation, item: object, moment: pd.Timestamp) -> str:
    """One citation in words, in the event's local time."""
    local = pd.Timestamp(int(corpus.at[citation.row] + corpus.offset[citation.row]), unit="us")
    days = (int(moment.value // 1_000) - int(corpus.at[citation.row])) / 86_400_000_000
    kind = corpus.kinds[corpus.kind[citation.row]]
    what = f"{kind} on {local:%a %Y-%m-%d at %H:%M} ({days:.1f} days before)"
    if citation.role == "successor":
        return f"after the {what} the user went on to {item}"
    if citation.role == "context":
        return f"{what} was elsewhere and speaks for {item}"
    return f"{what} was at {item}"


def _shares(
    scorer: Scorer, corpus: Corpus, queries: Queries
) -> Iterator[tuple[Queries, np.ndarray]]:
    """Scores per batch, scaled to sum to 1 a row."""
    for tile in tiles(len(queries), len(corpus.items)):
        part = queries.take(tile)
        scores = scorer.score(corpus, part)
        yield part, scores / np.maximum(scores.sum(axis=1, keepdims=True), 1e-300)


def _utc(moment: pd.Timestamp) -> pd.Timestamp:
    stamp = pd.Timestamp(moment)
    return stamp.tz_localize("UTC") if stamp.tzinfo is None else stamp.tz_convert("UTC")
