"""What the training asset publishes: one row about the model, and its loss curve.

Belongs here: the layout of the tables `trained_model` and `training_curves`, and keeping the
checkpoint. Does not belong here: training (`models_ml.transformer.train`).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stevo_dagster.settings import Settings

RESUME = ".resume"
SHOWN = ("train_loss", "val_loss", "val_acc1")
CURVE_TYPES = {
    "epoch": "int64",
    "train_loss": "float64",
    "val_loss": "float64",
    "val_acc1": "float64",
    "lr": "float64",
}


@dataclass(frozen=True)
class Outcome:
    """What a training came to, in values that survive JSON to the bit: they cross processes.

    `version` is null where there was too little to learn from; `reason` says how much is needed.
    """

    version: str | None
    reason: str
    config: dict[str, Any]
    curves: list[dict[str, Any]]

    def tables(self) -> dict[str, Any]:
        """The published tables of this outcome."""
        return {
            "trained_model": about(self.version, self.reason, self.config),
            "training_curves": curve_table(self.curves),
        }


def train_and_keep(
    settings: Settings,
    sequences: Any,
    config: Mapping[str, Any],
    progress: Callable[..., None] | None = None,
) -> Outcome:
    """Train, keep the checkpoint below `models/`, and say what came of it.

    Args:
        settings: the home.
        sequences: the sequences table.
        config: the settings of `TrainConfig`, `seeds` (how many networks are averaged), and below
            `ranker` the settings of `RankerConfig`.
        progress: told of each step.

    Too few events are no failure: a baseline is then published in the model's place. A killed
    training goes on where it was: its state lies below `models/` until a training is done.
    """
    from models_ml.config import RankerConfig, TrainConfig
    from models_ml.data.corpus import encode
    from models_ml.ensemble import train_ensemble
    from models_ml.errors import TooFewEvents
    from models_ml.transformer.resume import fingerprint

    own = {name: value for name, value in config.items() if name not in ("seeds", "ranker")}
    seeds = config.get("seeds", 1)
    chosen = TrainConfig.from_dict(own)
    shared = {name: getattr(chosen, name) for name in ("seed", "threads", "max_val_targets")}
    ranker = RankerConfig.from_dict({**config.get("ranker", {}), **shared})
    told = {**chosen.to_dict(), "seeds": seeds, "ranker": ranker.to_dict()}
    corpus = encode(sequences)
    resume = settings.models / f"{RESUME}-{_hash_of(told, fingerprint(corpus))}"
    try:
        model, curves = train_ensemble(corpus, chosen, ranker, progress, resume, seeds)
    except TooFewEvents as error:
        return Outcome(None, error.problem, told, [])
    version = keep(settings, model, curves)
    for state in settings.models.glob(f"{RESUME}-*"):
        shutil.rmtree(state, ignore_errors=True)
    return Outcome(version, "trained", told, [dict(row) for row in curves])


class TrainingBar:
    """A bar on standard error: over epochs with the newest losses, then over the ranker's trees."""

    def __init__(self, epochs: int) -> None:
        from tqdm import tqdm

        form = (
            "training {percentage:3.0f}% |{bar:24}| epoch {n:.1f} of {total} [{elapsed}{postfix}]"
        )
        self._bar = tqdm(total=epochs, mininterval=2, bar_format=form)

    def __enter__(self) -> TrainingBar:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def show(self, state: Mapping[str, float]) -> None:
        """Take one state that training tells: a share of an epoch, the row of a whole one, or how
        many trees there are.
        """
        if "round" in state:
            self._bar.set_postfix({"trees": int(state["round"])})
            return
        is_whole = "val_loss" in state
        self._bar.n = state["epoch"] if is_whole else state["epoch"] - 1 + state["done"]
        told = {name: f"{state[name]:.3f}" for name in SHOWN if name in state}
        self._bar.set_postfix(told)


def about(version: str | None, reason: str, config: Mapping[str, Any]) -> Any:
    """The one row of `trained_model`, as an Arrow table."""
    import pyarrow as pa

    return pa.table(
        {
            "model_version": pa.array([version], pa.string()),
            "reason": pa.array([reason], pa.string()),
            "config": pa.array([json.dumps(config, sort_keys=True)], pa.string()),
        }
    )


def curve_table(curves: list[dict[str, Any]]) -> Any:
    """The loss curve, without the clock: equal runs give equal rows."""
    import pandas as pd

    frame = pd.DataFrame(curves, columns=list(CURVE_TYPES))
    return frame.astype(CURVE_TYPES)


def keep(settings: Settings, model: Any, curves: Sequence[Mapping[str, Any]]) -> str:
    """Keep a model's checkpoint below `models/` under its version, which is returned."""
    from models_ml import checkpoint

    making = settings.models / f".making-{os.getpid()}"
    shutil.rmtree(making, ignore_errors=True)
    version = checkpoint.save(model, curves, making)
    folder = settings.models / version
    if folder.exists():
        shutil.rmtree(making)
    else:
        making.rename(folder)
    return version


def load_model(settings: Settings, version: str) -> Any:
    """The scorer behind a kept checkpoint.

    Raises:
        DamagedCheckpoint: its files are missing or altered.
    """
    from models_ml import checkpoint

    return checkpoint.load(settings.models / version)


def _hash_of(config: Mapping[str, Any], data: str) -> str:
    """12 digits that stand for the settings and the data of one training."""
    return hashlib.sha256(json.dumps([config, data], sort_keys=True).encode()).hexdigest()[:12]
