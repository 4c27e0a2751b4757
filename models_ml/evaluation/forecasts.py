"""Rows of the evaluation table on category, cell and time of the next event, beside counting.

Here belong the instances, the baselines and the figures of these three tasks, which only a
`Forecaster` answers.  Places and event types are in `evaluate`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from models_ml.baselines import Alphabet, shares
from models_ml.columns import (
    EVALUATION_COLUMNS,
    EVENT_BASELINES,
    TASK_CATEGORY,
    TASK_CELL,
    TASK_TIME,
)
from models_ml.data.cells import cells_of
from models_ml.data.corpus import Corpus, Queries, queries_for_rows, target_rows
from models_ml.data.gaps import log_minutes, waited
from models_ml.evaluation import metrics
from models_ml.evaluation.evaluate import BATCH
from models_ml.evaluation.rank import expected_ranks
from models_ml.gap_counts import gap_counters
from models_ml.scorer import Forecaster, TimeForecaster

Ask = Callable[[Corpus, Queries], np.ndarray]


def evaluate_forecasts(
    model: Forecaster,
    corpus: Corpus,
    split: str = "test",
    *,
    max_targets: int | None = None,
    seed: int = 0,
    min_users: int = 1,
) -> pd.DataFrame:
    """Rows in the layout of `evaluate`, for tasks `next_category`, `next_cell`, `time_to_next`.

    Instances are events of the split (at most `max_targets`, drawn by `seed`) that have a category,
    a cell or an earlier event of the user, each predicted from what lies strictly before it.  The
    baselines count: everybody's, one's own, and steps; for the time, gaps.  A task on which fewer
    than `min_users` people have an instance is left out.
    """
    rows = target_rows(corpus, split, with_item=False, max_targets=max_targets, seed=seed)
    cells = cells_of(corpus, model.resolution)
    alphabets = {
        TASK_CATEGORY: Alphabet(corpus, corpus.category, len(corpus.categories)),
        TASK_CELL: Alphabet(corpus, cells.code, len(cells.names)),
    }
    learned: dict[str, Ask] = {TASK_CATEGORY: model.score_categories, TASK_CELL: model.score_cells}
    found: list[dict[str, object]] = []
    for task, alphabet in alphabets.items():
        asked = queries_for_rows(corpus, rows[alphabet.symbols[rows] >= 0])
        if _people(asked) >= max(min_users, 1):
            found += _named(task, split, model.name, learned[task], alphabet, asked)
    asked = queries_for_rows(corpus, rows)
    hours = waited(corpus, asked)
    kept = np.flatnonzero(hours > 0)
    asked = asked.take(kept)
    if _people(asked) >= max(min_users, 1):
        found += _timed(split, model, corpus, asked, hours[kept])
    return pd.DataFrame(found, columns=list(EVALUATION_COLUMNS))


def _people(asked: Queries) -> int:
    return len(np.unique(asked.user))


def _named(
    task: str, split: str, name: str, learned: Ask, alphabet: Alphabet, asked: Queries
) -> Iterator[dict[str, object]]:
    """Acc@1, log-loss and calibration of the model and of counting."""
    target = alphabet.symbols[asked.row]

    def counting(one: str) -> Ask:
        return lambda corpus, part: shares(one, corpus, alphabet, part)

    models = {name: learned} | {one: counting(one) for one in EVENT_BASELINES}
    for model, ask in models.items():
        ranks, chosen, highest = [], [], []
        for low in range(0, len(asked), BATCH):
            part = slice(low, low + BATCH)
            scores = ask(alphabet.corpus, asked.take(part))
            ranks.append(expected_ranks(scores, target[part]))
            chosen.append(scores[np.arange(len(scores)), target[part]])
            highest.append(np.minimum(scores.max(axis=1), 1.0))
        right = (np.concatenate(ranks) <= 1).astype(float)
        values = {
            "acc@1": right,
            "log_loss": -np.log(np.maximum(np.concatenate(chosen), 1e-12)),
        }
        key = {"model": model, "task": task, "split": split}
        yield from _with_intervals(key, values, asked)
        calibration = metrics.ece(np.concatenate(highest), right)
        yield _row(key, "ece", calibration, asked)


def _timed(
    split: str, model: TimeForecaster, corpus: Corpus, asked: Queries, hours: np.ndarray
) -> Iterator[dict[str, object]]:
    """Log-loss (of the density per hour), and how far off the median is.

    The median is the forecast of the least mean absolute error on any scale, here that of log(1 +
    minutes).  It is not that of the least median absolute error in hours, which is shown because it
    is in hours: of gaps bunched near zero, a constant below the median has less of that.
    """
    for one in (model, *gap_counters(corpus).values()):
        medians, losses = [], []
        for low in range(0, len(asked), BATCH):
            part = slice(low, low + BATCH)
            forecast = one.time_to_next(corpus, asked.take(part))
            losses.append(-forecast.log_density(hours[part]))
            medians.append(forecast.quantiles(np.array([0.5]))[:, 0])
        key = {"model": one.name, "task": TASK_TIME, "split": split}
        median = np.concatenate(medians)
        off = np.abs(log_minutes(median) - log_minutes(hours))
        values = {"log_loss": np.concatenate(losses), "mean_abs_log_error": off}
        yield from _with_intervals(key, values, asked)
        error = float(np.median(np.abs(median - hours)))
        yield _row(key, "median_abs_error_hours", error, asked)


def _with_intervals(
    key: dict[str, str], values: dict[str, np.ndarray], asked: Queries
) -> Iterator[dict[str, object]]:
    ids, draws = metrics.resample(asked.user)
    low, high = metrics.intervals(np.stack(list(values.values()), axis=1), ids, draws)
    yield _row(key, "users", float(_people(asked)), asked)
    for i, (name, one) in enumerate(values.items()):
        ends = {"ci_low": float(low[i]), "ci_high": float(high[i])}
        yield {**_row(key, name, float(one.mean()), asked), **ends}


def _row(key: dict[str, str], metric: str, value: float, asked: Queries) -> dict[str, object]:
    return {**key, "segment": "all", "n": len(asked), "metric": metric, "value": value}
