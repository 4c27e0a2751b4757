"""The evaluation table: every model on exactly the same instances, with intervals over users.

Here belong the choice of instances, the loop over models and the layout of the `evaluation`
table.  Formulas are in `metrics`, the rank in `rank`, the decision in `champion`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models_ml.columns import (
    BASELINES,
    EVALUATION_COLUMNS,
    TASK_EVENT,
    TASK_PLACE,
    TASK_PLACE_AT_TIME,
)
from models_ml.data.corpus import Corpus, Queries, encode, queries_for_rows, target_rows
from models_ml.data.history import own_events
from models_ml.data.tiles import tiles
from models_ml.errors import ModelError
from models_ml.evaluation import metrics
from models_ml.evaluation.rank import expected_ranks, top
from models_ml.scorer import Logits, LogitScorer, Scorer

BATCH = 512
LISTED = 20
GAIN_METRICS = ("acc@1", "acc@10", "mrr")
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Answers:
    """One model's answers: the rank of each target and its best codes (instances, <= LISTED).

    `confidence` is the probability of the first answer, None where scores are no probabilities.
    """

    ranks: np.ndarray
    tops: np.ndarray
    confidence: np.ndarray | None
    log_loss: float | None = None


def evaluate(
    scorers: Mapping[str, Scorer],
    sequences: pd.DataFrame | Corpus,
    split: str = "test",
    *,
    max_targets: int | None = None,
    seed: int = 0,
    time_given: bool = False,
    min_users: int = 1,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """The `evaluation` table of all models on a split; columns `EVALUATION_COLUMNS`.

    Instances are the events of the split (with a place, for the place task), each predicted from
    what lies strictly before it; with `max_targets` a sample drawn by `seed`, the same for every
    model.  Metrics named `acc@1_minus_<baseline>` are paired differences with their own interval.
    A segment in which fewer than `min_users` people have an instance is left out; the metric
    `users` counts them.
    """
    corpus = sequences if isinstance(sequences, Corpus) else encode(sequences)
    tables: list[dict[str, object]] = []
    task = TASK_PLACE_AT_TIME if time_given else TASK_PLACE
    for name, with_item in ((task, True), (TASK_EVENT, False)):
        rows = target_rows(corpus, split, with_item=with_item, max_targets=max_targets, seed=seed)
        if not len(rows):
            raise ModelError(
                f"split {split!r} holds no event to predict", where=f"evaluate, task {name}"
            )
        queries = queries_for_rows(corpus, rows, time_given=time_given and with_item)
        found = {
            key: answer(scorer, corpus, queries, name, progress) for key, scorer in scorers.items()
        }
        tables += _rows(found, corpus, queries, name, split, min_users)
    return pd.DataFrame(tables, columns=list(EVALUATION_COLUMNS))


def answer(
    scorer: Scorer,
    corpus: Corpus,
    queries: Queries,
    task: str = TASK_PLACE,
    progress: Progress | None = None,
) -> Answers:
    """Ranks and best lists of one model, in batches, so that memory does not grow with the number
    of instances.
    """
    if task != TASK_EVENT and isinstance(scorer, LogitScorer):
        return _answer_by_logits(scorer, corpus, queries, progress)
    is_event = task == TASK_EVENT
    target = (corpus.kind if is_event else corpus.item)[queries.row]
    ask = scorer.score_events if is_event else scorer.score
    ranks, tops, losses, highest, totals = [], [], [], [], []
    for part in tiles(len(queries), len(corpus.items)):
        scores = ask(corpus, queries.take(part))
        ranks.append(expected_ranks(scores, target[part]))
        tops.append(top(scores, LISTED))
        highest.append(scores.max(axis=1))
        totals.append(scores.sum(axis=1))
        if is_event:
            chosen = scores[np.arange(len(scores)), target[part]]
            losses.append(-np.log(np.maximum(chosen, 1e-12)))
        if progress is not None:
            progress(scorer.name, part.stop, len(queries))
    loss = float(np.concatenate(losses).mean()) if losses else None
    is_share = np.allclose(np.concatenate(totals), 1.0, atol=1e-3)
    confidence = np.minimum(np.concatenate(highest), 1.0) if is_share else None
    return Answers(np.concatenate(ranks), np.concatenate(tops), confidence, loss)


def ranks_by_logits(scorer: LogitScorer, corpus: Corpus, queries: Queries) -> np.ndarray:
    """The rank of each question's target among all places, float64 (queries,), of a model whose
    softmax need not be taken for it.
    """
    ranks = np.empty(len(queries))
    target = corpus.item[queries.row]
    for one in scorer.logits(corpus, queries):
        ranks[one.index] = _ranks(one, target)
    return ranks


def _answer_by_logits(
    scorer: LogitScorer, corpus: Corpus, queries: Queries, progress: Progress | None
) -> Answers:
    """The same answers as from `score`, within single precision."""
    ranks, confidence = np.empty(len(queries)), np.empty(len(queries))
    tops = np.empty((len(queries), min(LISTED, len(corpus.items))), dtype=np.int64)
    target, done = corpus.item[queries.row], 0
    for one in scorer.logits(corpus, queries):
        ranks[one.index] = _ranks(one, target)
        tops[one.index] = one.items[top(one.places, LISTED)]
        confidence[one.index] = _largest_share(one)
        done += len(one.index)
        if progress is not None:
            progress(scorer.name, done, len(queries))
    return Answers(ranks, tops, confidence)


def _ranks(one: Logits, target: np.ndarray) -> np.ndarray:
    return expected_ranks(one.places, one.column[target[one.index]])


def _largest_share(one: Logits) -> np.ndarray:
    """The largest probability of a place of the corpus, (m,)."""
    best = one.places.max(axis=1, keepdims=True)
    others = np.exp((one.absent - best).astype(np.float64)).sum(axis=1)
    return 1.0 / (np.exp(one.places - best).sum(axis=1) + others)


def is_return(corpus: Corpus, queries: Queries) -> np.ndarray:
    """Whether the user had been to the target before (a return) or not (a discovery); bool
    (queries,).
    """
    result = np.zeros(len(queries), dtype=bool)
    for low in range(0, len(queries), 4 * BATCH):
        part = queries.take(slice(low, low + 4 * BATCH))
        pairs = own_events(corpus, part, corpus.item, limit=len(corpus))
        same = corpus.item[pairs.row] == corpus.item[part.row][pairs.query]
        result[low : low + len(part)] = np.bincount(pairs.query[same], minlength=len(part)) > 0
    return result


def _rows(
    found: dict[str, Answers],
    corpus: Corpus,
    queries: Queries,
    task: str,
    split: str,
    min_users: int,
) -> list[dict[str, object]]:
    segments = {"all": np.ones(len(queries), dtype=bool)}
    if task != TASK_EVENT:
        segments["return"] = is_return(corpus, queries)
        segments["discovery"] = ~segments["return"]
    rows: list[dict[str, object]] = []
    for segment, mask in segments.items():
        users = len(np.unique(queries.user[mask]))
        if users < max(min_users, 1):
            continue
        ids, draws = metrics.resample(queries.user[mask])
        for model, answers in found.items():
            key = {
                "model": model,
                "task": task,
                "split": split,
                "segment": segment,
                "n": int(mask.sum()),
            }
            rows.append({**key, "metric": "users", "value": float(users)})
            rows += _measured(key, answers, mask, ids, draws)
            rows += _listed(key, answers, mask, corpus, task)
            if segment == "all":
                rows += _gains(key, answers, found, ids, draws)
    return rows


def _measured(
    key: dict, answers: Answers, mask: np.ndarray, ids: np.ndarray, draws: np.ndarray
) -> list[dict]:
    values = metrics.per_instance(answers.ranks[mask])
    stacked = np.stack(list(values.values()), axis=1)
    low, high = metrics.intervals(stacked, ids, draws)
    mean = stacked.mean(axis=0)
    return [
        {
            **key,
            "metric": name,
            "value": float(mean[i]),
            "ci_low": float(low[i]),
            "ci_high": float(high[i]),
        }
        for i, name in enumerate(values)
    ]


def _listed(key: dict, answers: Answers, mask: np.ndarray, corpus: Corpus, task: str) -> list[dict]:
    """Metrics of whole lists: they belong to the set of instances, so they have no interval over
    users.
    """
    rows = []
    if answers.confidence is not None:
        right = (answers.ranks <= 1)[mask]
        rows.append({**key, "metric": "ece", "value": metrics.ece(answers.confidence[mask], right)})
    if task == TASK_EVENT:
        return [*rows, {**key, "metric": "log_loss", "value": answers.log_loss}]
    for k in (5, 10, 20):
        tops = answers.tops[mask][:, :k]
        share = metrics.coverage(tops, len(corpus.items))
        rows.append({**key, "metric": f"coverage@{k}", "value": share})
        spread = metrics.diversity(tops, corpus.item_category)
        rows.append({**key, "metric": f"diversity@{k}", "value": spread})
    return rows


def _gains(
    key: dict, answers: Answers, found: dict[str, Answers], ids: np.ndarray, draws: np.ndarray
) -> list[dict]:
    """Paired differences of a learned model to each baseline on the same instances."""
    if key["model"] in BASELINES:
        return []
    rows = []
    own = metrics.per_instance(answers.ranks)
    for other in (name for name in found if name in BASELINES):
        theirs = metrics.per_instance(found[other].ranks)
        gain = np.stack([own[name] - theirs[name] for name in GAIN_METRICS], axis=1)
        low, high = metrics.intervals(gain, ids, draws)
        for i, name in enumerate(GAIN_METRICS):
            value = float(gain[:, i].mean())
            rows.append(
                {
                    **key,
                    "metric": f"{name}_minus_{other}",
                    "value": value,
                    "ci_low": low[i],
                    "ci_high": high[i],
                }
            )
    return rows
