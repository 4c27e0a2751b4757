"""Hyper-parameter search: settings drawn at random, each judged by MRR on one sample of val.

Here belong the spaces of settings, the trials and their file.  How a model is fitted with settings
is `registry`'s, what a setting means `config`'s.  Rows of split `test` are taken out before
anything is looked at.

Random search needs no model of the outcome, and its trials can be cut and gone on with anywhere:
trial i is a function of the seed and i (Bergstra and Bengio, "Random Search for Hyper-Parameter
Optimization", 2012).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import pandas as pd

from models_ml.columns import BERT4REC, MODEL, RANKER, SASREC
from models_ml.config import TrainConfig
from models_ml.data.corpus import Corpus, drawn, encode, queries_for_rows, target_rows
from models_ml.errors import ModelError, TooFewEvents
from models_ml.evaluation.evaluate import answer
from models_ml.evaluation.metrics import intervals, per_instance, resample
from models_ml.registry import ASKED, Settings, configured, fitted
from models_ml.transformer.resume import fingerprint

FORMAT = 1
SHOWN = ("mrr", "acc@1", "acc@10")
QUESTIONS = 2_000
# A setting that changes how fast a model is fitted, not what it learns.
FREE = ("threads",)
HASHED = ("data", "questions")
ANEW = "name another file, or remove this one to begin anew"


@dataclass(frozen=True)
class Among:
    """One of some values, all equally likely."""

    values: tuple[float | int, ...]

    def draw(self, rng: np.random.Generator) -> float | int:
        """One value."""
        return self.values[int(rng.integers(len(self.values)))]


@dataclass(frozen=True)
class Between:
    """A number between two, even on its own scale or on that of its logarithm; three digits."""

    low: float
    high: float
    is_log: bool = False

    def draw(self, rng: np.random.Generator) -> float:
        """One number."""
        if self.is_log:
            value = float(np.exp(rng.uniform(np.log(self.low), np.log(self.high))))
        else:
            value = float(rng.uniform(self.low, self.high))
        return float(f"{value:.3g}")


Space = Mapping[str, Among | Between]

TRANSFORMER_SPACE: Space = {
    "lr": Between(5e-4, 6e-3, is_log=True),
    "warmup": Among((0.05, 0.1, 0.2)),
    "weight_decay": Between(1e-3, 0.2, is_log=True),
    "dropout": Between(0.1, 0.5),
    "d_model": Among((32, 64, 96)),
    "heads": Among((2, 4)),
    "window": Among((48, 96, 128)),
    "batch_chunks": Among((8, 16, 32)),
    "event_loss_weight": Among((0.1, 0.2, 0.4)),
    "crop_share": Among((0.0, 0.2, 0.5)),
    "mask_share": Among((0.0, 0.05, 0.15)),
    "jitter_share": Among((0.0, 0.2, 0.5)),
}
RANKER_SPACE: Space = {
    "lr": Between(0.02, 0.15, is_log=True),
    "leaves": Among((15, 31, 63, 127)),
    "min_leaf": Among((20, 50, 100, 200)),
    "feature_share": Between(0.3, 1.0),
    "row_share": Between(0.5, 1.0),
    "l2": Between(0.1, 50.0, is_log=True),
}
PEER_SPACE: Space = {
    "lr": Between(5e-4, 8e-3, is_log=True),
    "warmup": Among((0.05, 0.1, 0.2)),
    "weight_decay": Between(1e-3, 0.2, is_log=True),
    "dropout": Between(0.1, 0.6),
    "d_model": Among((32, 64, 128)),
    "layers": Among((1, 2)),
    "window": Among((48, 64, 128)),
    "batch": Among((1024, 2048, 4096)),
    "event_loss_weight": Among((0.0, 0.2, 0.4)),
}
_HEADS: Space = {"heads": Among((1, 2, 4))}
_OWN_SPACES: dict[str, Space] = {
    MODEL: TRANSFORMER_SPACE,
    RANKER: RANKER_SPACE,
    SASREC: {**PEER_SPACE, **_HEADS},
    BERT4REC: {**PEER_SPACE, **_HEADS, "mask_share": Among((0.15, 0.3, 0.5))},
}


@dataclass(frozen=True)
class Trial:
    """One setting tried: what was searched, what val said (`SHOWN`, and the 95% interval of MRR
    over users) and how long it took; `problem` where it could not be trained, and then no metrics.
    """

    number: int
    settings: dict[str, Any]
    metrics: dict[str, float]
    seconds: float
    problem: str | None = None


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


def space_of(name: str) -> Space:
    """What is searched for a model; raises `ModelError` for one without settings."""
    configured(name, TrainConfig(), {})
    return _OWN_SPACES.get(name, PEER_SPACE)


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
    _check_space(name, space, base)
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
    with _opened(file) as handle:
        done = _read(handle, about, file)
        for number in range(len(done), trials):
            settings = settings_of(number, space, base, config.seed)
            trial = tried(number, settings, name, corpus, rows, config, fixed)
            _append(handle, asdict(trial))
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


def settings_of(number: int, space: Space, base: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """What trial `number` tries: the model's own settings first, then draws."""
    if number == 0:
        return {field: base[field] for field in space}
    rng = np.random.default_rng((seed, number))
    return {field: one.draw(rng) for field, one in space.items()}


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


def read_settings(path: Path, name: str) -> dict[str, Any]:
    """The settings of a JSON file for a model, such as `Found.settings`.

    Raises `ModelError` with the file, and line or field, for what is no such thing.
    """
    configured(name, TrainConfig(), {})
    try:
        found = json.loads(path.read_text())
    except OSError as error:
        raise ModelError(
            f"the settings cannot be read: {error.strerror}", where=str(path)
        ) from error
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        raise ModelError(
            f"the settings are no JSON: {error}",
            where=f"{path}, line {line}",
            fix='an object as {"lr": 0.001}',
        ) from error
    if not isinstance(found, dict):
        raise ModelError(
            "the settings are no JSON object", where=str(path), fix='an object as {"lr": 0.001}'
        )
    try:
        configured(name, TrainConfig(), found)
    except ModelError as error:
        raise ModelError(error.problem, where=f"{path}, for {name}", fix=error.fix) from error
    return found


def _check_space(name: str, space: Space, base: Mapping[str, Any]) -> None:
    unknown = sorted(field for field in space if field not in base or field in ASKED)
    if unknown:
        raise ModelError(f"{name} has nothing to search as {', '.join(unknown)}", where="search")
    if not space:
        raise ModelError(
            "every setting of the space is fixed: all trials would be the same",
            where="search",
            fix="fix fewer of them",
        )


@contextmanager
def _opened(file: Path) -> Iterator[TextIO]:
    """The file of trials, this process' own as long as it is open."""
    with file.open("a+", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ModelError(
                "another search is writing this file", where=str(file), fix="wait, or name another"
            ) from error
        yield handle


def _append(handle: TextIO, row: Mapping[str, Any]) -> None:
    handle.write(json.dumps(row) + "\n")
    handle.flush()
    os.fsync(handle.fileno())


def _read(handle: TextIO, about: dict[str, Any], file: Path) -> list[Trial]:
    """The trials of a file, whose first line says of which search they are; a line that a kill cut
    short is taken away, and an empty file begun.
    """
    handle.seek(0)
    text = handle.read()
    whole = text[: text.rfind("\n") + 1]
    if not whole and not json.dumps(about).startswith(text):
        raise _no_search(file, 1, "it does not say of which one")
    trials: list[Trial] = []
    for number, line in enumerate(whole.splitlines()):
        try:
            values = json.loads(line)
            if number == 0:
                _check_same(values, about, file)
            else:
                trials.append(Trial(**values))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise _no_search(file, number + 1, str(error)) from error
    handle.truncate(len(whole.encode()))
    if not whole:
        _append(handle, about)
    return trials


def _no_search(file: Path, line: int, problem: str) -> ModelError:
    return ModelError(
        f"this is no line of a search: {problem}", where=f"{file}, line {line}", fix=ANEW
    )


def _check_same(there: dict[str, Any], here: dict[str, Any], file: Path) -> None:
    """Raises `ModelError` naming what differs between two searches; of other models or formats,
    that alone.
    """
    differing = [
        f"its {name} is {there[name]} there and {here[name]} here"
        for name in ("format", "model")
        if there[name] != here[name]
    ]
    if not differing:
        for part in ("settings", "space"):
            for field in sorted({*there[part], *here[part]}):
                one, other = (told[part].get(field, "not there") for told in (there, here))
                if one != other:
                    differing.append(f"{field} in its {part} is {one} there and {other} here")
        differing += [f"its {name} differ" for name in HASHED if there[name] != here[name]]
    if differing:
        raise ModelError(
            f"the trials kept there are of another search: {'; '.join(differing)}",
            where=str(file),
            fix=ANEW,
        )
