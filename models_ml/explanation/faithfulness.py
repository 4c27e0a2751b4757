"""Whether cited events bear the score: remove them, and as many others, and compare the falls.

Here belong the removal of events and the paired comparison, for any scorer and any way to cite.
What is cited is the business of `Scorer.explain`.  This is the erasure test of
DeYoung et al. 2020 ("comprehensiveness"), set beside chance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import wilcoxon

from models_ml.columns import SPLITS
from models_ml.data.corpus import Corpus, Queries, queries_for_rows
from models_ml.errors import ModelError
from models_ml.evaluation.metrics import intervals, resample
from models_ml.scorer import Citation, Scorer

# Below this share a place is as good as ruled out: so one event cannot count without bound.
FLOOR = 1e-9
NEAR = 5
CONTROLS = ("random", "matched")
Explain = Callable[[Corpus, Queries, np.ndarray], list[list[Citation]]]

_PER_EVENT = (
    "event_id",
    "user",
    "at",
    "offset",
    "item",
    "kind",
    "category",
    "latitude",
    "longitude",
    "features",
    "split",
)


def without(corpus: Corpus, rows: np.ndarray) -> Corpus:
    """A corpus without these rows; nothing else changes.

    Codes, names, places' coordinates and the other events' own features stay as they are, even
    where the removed event had a part in them.
    """
    kept = np.ones(len(corpus), dtype=bool)
    kept[rows] = False
    moved = np.cumsum(kept) - 1
    order = moved[corpus.order[kept[corpus.order]]]
    arrays = {name: getattr(corpus, name)[kept] for name in _PER_EVENT}
    removed_before = np.concatenate([[0], np.cumsum(~kept)])
    return replace(
        corpus,
        **arrays,
        start=corpus.start - removed_before[corpus.start],
        order=order,
        at_sorted=arrays["at"][order],
    )


def one_a_user(corpus: Corpus, split: str, users: int, *, earlier: int, seed: int = 0) -> Queries:
    """One question a user of a split, drawn by `seed`, of at most `users` users.

    Only events with a place and at least `earlier` events of the same user before them are asked
    for.  Raises `ModelError` when there is none.
    """
    rows = np.flatnonzero((corpus.split == SPLITS.index(split)) & (corpus.item >= 0))
    rows = rows[queries_for_rows(corpus, rows).before >= earlier]
    if not len(rows):
        raise ModelError(
            f"nobody in {split!r} has {earlier} events before one with a place",
            where="faithfulness",
        )
    mixed = np.random.default_rng(seed).permutation(rows)
    first = np.unique(corpus.user[mixed], return_index=True)[1]
    return queries_for_rows(corpus, mixed[np.sort(first)[:users]])


def falls(
    scorer: Scorer,
    corpus: Corpus,
    queries: Queries,
    *,
    explain: Explain | None = None,
    count: int = 3,
    draws: int = 3,
    seed: int = 0,
) -> pd.DataFrame:
    """How far the log probability of the predicted place falls without some earlier events.

    One row a question with a citation: `user`, `removed` (at most `count` events), and the falls
    without the `cited`, as many `random` ones and as many `matched` ones (others, each within
    `NEAR` places of a cited one in time), both means over `draws`.  `explain` cites; the scorer's
    own unless given.
    """
    scores = scorer.score(corpus, queries)
    predicted = scores.argmax(axis=1)
    cited = (explain or scorer.explain)(corpus, queries, predicted)
    rng = np.random.default_rng(seed)
    found = []
    for index, citations in enumerate(cited):
        one, place = queries.take(slice(index, index + 1)), int(predicted[index])
        rows = heaviest(citations, count)
        if not len(rows):
            continue
        whole = _log_share(scores[index], place)
        begin = int(corpus.start[one.user[0]])
        earlier = np.arange(begin, begin + int(one.before[0]))
        chosen = {
            "cited": [rows],
            "random": [rng.choice(earlier, len(rows), replace=False) for _ in range(draws)],
            "matched": [matched(rows, earlier, rng) for _ in range(draws)],
        }
        fall = {
            name: whole - np.mean([log_share(scorer, corpus, one, place, part) for part in parts])
            for name, parts in chosen.items()
        }
        found.append({"user": int(one.user[0]), "removed": len(rows), **fall})
    return pd.DataFrame(found, columns=["user", "removed", "cited", *CONTROLS])


def heaviest(citations: list[Citation], count: int) -> np.ndarray:
    """The `count` rows of the greatest weight, summed over the roles of one event."""
    weights: dict[int, float] = {}
    for one in citations:
        weights[one.row] = weights.get(one.row, 0.0) + one.weight
    best = sorted(weights, key=lambda row: (-weights[row], -row))
    return np.array(best[:count], dtype=np.int64)


def matched(rows: np.ndarray, earlier: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """For each row another of `earlier` within `NEAR` of it, none of them twice.

    Where all of those are taken the nearest free one is, and where none is free at all, fewer
    rows come back.
    """
    taken = set(rows.tolist())
    found = []
    for row in rows:
        free = np.array([one for one in earlier if int(one) not in taken], dtype=np.int64)
        if not len(free):
            break
        near = free[np.abs(free - row) <= NEAR]
        one = int(rng.choice(near) if len(near) else free[np.abs(free - row).argmin()])
        taken.add(one)
        found.append(one)
    return np.array(found, dtype=np.int64)


def log_share(
    scorer: Scorer, corpus: Corpus, query: Queries, place: int, rows: np.ndarray
) -> float:
    """The log of the place's share of all scores for one question, without these rows."""
    target = query.row - np.searchsorted(np.sort(rows), query.row)
    reduced = without(corpus, rows) if len(rows) else corpus
    asked = queries_for_rows(reduced, target, time_given=query.time_given)
    return _log_share(scorer.score(reduced, asked)[0], place)


def _log_share(scores: np.ndarray, place: int) -> float:
    return float(np.log(max(scores[place] / max(scores.sum(), 1e-300), FLOOR)))


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Cited against each control over the rows of `falls`.

    Columns: `control`, `users`, `cited` and `other` (mean falls), `gain` (their difference) with
    `ci_low`, `ci_high` (bootstrap over users) and `p_value` (Wilcoxon, two-sided).
    """
    if not len(table):
        raise ModelError("no question has a citation", where="faithfulness.summary")
    ids, draws = resample(table["user"].to_numpy())
    rows = []
    for control in CONTROLS:
        gain = (table["cited"] - table[control]).to_numpy(float)
        low, high = intervals(gain[:, None], ids, draws)
        rows.append(
            {
                "control": control,
                "users": table["user"].nunique(),
                "cited": table["cited"].mean(),
                "other": table[control].mean(),
                "gain": gain.mean(),
                "ci_low": float(low[0]),
                "ci_high": float(high[0]),
                "p_value": float(wilcoxon(gain).pvalue) if gain.any() else 1.0,
            }
        )
    return pd.DataFrame(rows)
