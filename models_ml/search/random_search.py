"""Random search of a model's settings, each judged by MRR on one sample of val.

Belongs here: the loop, the judging, and which trial is best.  Does not belong here: what is drawn
from (`spaces.py`), the file that keeps the trials (`trials.py`), and how a model is fitted with
settings (`registry`).  Rows of split `test` are taken out before anything is looked at.

Random search needs no model of the outcome, and its trials can be cut and gone on with anywhere:
trial i is a function of the seed and i (Bergstra and Bengio, "Random Search for Hyper-Parameter
Optimization", 2012).
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from models_ml.config import TrainConfig
from models_ml.data.corpus import Corpus, drawn, encode, queries_for_rows, target_rows
from models_ml.errors import ModelError, TooFewEvents
from models_ml.evaluation.evaluate import answer
from models_ml.evaluation.metrics import intervals, per_instance, resample
from models_ml.registry import Settings, configured, fitted
from models_ml.search.spaces import Space, check_space, settings_of, space_of
from models_ml.search.trials import Trial, append, opened, read
from models_ml.transformer.resume import fingerprint

FORMAT = 1
SHOWN = ("mrr", "acc@1", "acc@10")
QUESTIONS = 2_000
# A setting that changes how fast a model is fitted, not what it learns.
FREE = ("threads",)


@dataclass(frozen=True)
class Found:
    """All trials, and the one of the highest MRR (of equals the first)."""

    name: str
    config: TrainConfig
    fixed: dict[str, Any]
    trials: list[Trial]

    @property
    def best(self) -> Trial:
        """The best trial; there is one, since the first raises its problem."""
        judged = [trial for trial in self.trials if trial.problem is None]
        return max(judged, key=lambda trial: (trial.metrics["mrr"], -trial.number))

    @property
    def settings(self) -> dict[str, Any]:
        """What `registry.configured` needs to fit the best model again."""
        return {**self.fixed, **self.best.settings}

    @property
    def best_config(self) -> Settings:
        """All settings of the best trial."""
        return configured(self.name, self.config, self.settings)

    def table(self) -> pd.DataFrame:
        """One row a trial, best first: `number`, settings, metrics, `seconds` and `problem`."""
        rows = [
            {"number": one.number, **one.settings, **one.metrics}
            | {"seconds": one.seconds, "problem": one.problem}
            for one in self.trials
        ]
        return pd.DataFrame(rows).sort_values(
            ["mrr", "number"], ascending=[False, True], ignore_index=True
        )


def search(
    name: str,
    sequences: pd.DataFrame,
    file: Path,
    *,
    trials: int,
    config: TrainConfig | None = None,
    fixed: Mapping[str, Any] | None = None,
    space: Space | None = None,
    questions: int = QUESTIONS,
    progress: Callable[[Trial], None] | None = None,
) -> Found:
    """Try settings of a model until `file` has so many trials, and say which is best.

    Args:
        name: the model, one of `registry.configurable()`.
        sequences: the sequences table; with a column `scored` those events of val alone are asked.
        file: JSON lines, one a trial, which a search that goes on does not repeat.
        trials: how many there shall be; the first one has the model's own settings.
        config: seed, task and threads, as for `registry.fitted`.
        fixed: settings that all trials have; they are not searched.
        space: what is searched, unless it is `space_of` the model.
        questions: at most so many of val, drawn by the seed, the same for every trial.
        progress: told of each new trial.

    Raises `ModelError` for unknown or impossible settings, and for a file of another search.
    """
    if trials < 1:
        raise ModelError(f"trials must be at least 1, got {trials}", where="search")
    config, fixed = config or TrainConfig(), dict(fixed or {})
    base = configured(name, config, fixed).to_dict()
    space = {k: v for k, v in (space or space_of(name)).items() if k not in fixed}
    check_space(name, space, base)
    kept = sequences[sequences["split"] != "test"]
    corpus = encode(kept)
    rows = asked_rows(corpus, kept, questions, config.seed)
    about = {
        "format": FORMAT,
        "model": name,
        "space": {field: repr(one) for field, one in space.items()},
        "settings": {k: v for k, v in base.items() if k not in FREE},
        "data": fingerprint(corpus),
        "questions": hashlib.sha256("\n".join(corpus.event_id[rows]).encode()).hexdigest(),
    }
    with opened(file) as handle:
        done = read(handle, about, file)
        for number in range(len(done), trials):
            settings = settings_of(number, space, base, config.seed)
            trial = tried(number, settings, name, corpus, rows, config, fixed)
            append(handle, asdict(trial))
            done.append(trial)
            if progress is not None:
                progress(trial)
    return Found(name, config, fixed, done)


def asked_rows(corpus: Corpus, sequences: pd.DataFrame, questions: int, seed: int) -> np.ndarray:
    """The rows of val that every trial is judged on, in time order."""
    rows = target_rows(corpus, "val")
    if "scored" in sequences:
        scored = sequences.loc[sequences["scored"].astype(bool), "event_id"].astype(str)
        rows = rows[np.isin(corpus.event_id[rows], scored)]
    if not len(rows):
        raise ModelError("val has no event to ask for", where="search", fix="a later or longer val")
    return drawn(rows, questions, seed)


def tried(
    number: int,
    settings: dict[str, Any],
    name: str,
    corpus: Corpus,
    rows: np.ndarray,
    config: TrainConfig,
    fixed: Mapping[str, Any],
) -> Trial:
    """Fit with settings and judge on val.  Settings that do not go together, or under which
    training fails, are a trial with a problem; the model's own raise it.
    """
    began = time.perf_counter()
    try:
        model = fitted(name, corpus, config, settings={**fixed, **settings})
    except TooFewEvents:
        raise
    except ModelError as error:
        if number == 0:
            raise
        return Trial(number, settings, {}, time.perf_counter() - began, error.problem)
    queries = queries_for_rows(corpus, rows, time_given=config.time_aware)
    values = per_instance(answer(model, corpus, queries).ranks)
    low, high = intervals(values["mrr"][:, None], *resample(queries.user))
    metrics = {metric: float(values[metric].mean()) for metric in SHOWN}
    metrics |= {"mrr_low": float(low[0]), "mrr_high": float(high[0])}
    return Trial(number, settings, metrics, time.perf_counter() - began)
