"""A smaller city to search on, and settings that make a trial quick."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from models_ml.columns import RANKER
from models_ml.config import TrainConfig
from models_ml.data import sequences
from models_ml.search.random_search import Found, search
from models_ml.search.spaces import Among, Between
from models_ml.search.trials import Trial
from tests.models_ml.conftest import make_events

CONFIG = TrainConfig(threads=1, seed=5)
TREES = {"questions": 300, "rounds": 8, "min_leaf": 10}
SPACE = {"leaves": Among((4, 8, 16)), "lr": Between(0.05, 0.3, is_log=True)}
WALKS = {"epochs": 1, "d_model": 8, "window": 8, "stride": 8, "batch": 256, "layers": 1}
NETWORK = {"epochs": 1, "d_model": 8, "heads": 2, "window": 8, "max_train_events": 250}


@pytest.fixture(scope="module")
def small() -> pd.DataFrame:
    """The sequences of a smaller city."""
    return sequences.build(make_events(people=12, events=40))


def without_clock(found: Found) -> list[Trial]:
    """The trials, however long they took."""
    return [replace(trial, seconds=0.0) for trial in found.trials]


def of_trees(table: pd.DataFrame, file: Path, trials: int = 3, **more) -> Found:
    """A search of the ranker's settings."""
    given = {"config": CONFIG, "fixed": TREES, "space": SPACE} | more
    return search(RANKER, table, file, trials=trials, **given)
