"""Rows on category, cell and time: one layout, one set of instances, counting beside the model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models_ml.columns import EVALUATION_COLUMNS, EVENT_BASELINES, MODEL
from models_ml.data.corpus import Corpus
from models_ml.evaluation.forecasts import evaluate_forecasts
from models_ml.transformer.train import Trained


@pytest.fixture(scope="module")
def rows(corpus: Corpus, trained: Trained) -> pd.DataFrame:
    return evaluate_forecasts(trained.model, corpus, max_targets=120)


def test_layout(rows: pd.DataFrame) -> None:
    assert tuple(rows.columns) == EVALUATION_COLUMNS
    assert not rows.duplicated(["model", "task", "split", "segment", "metric"]).any()
    assert (rows.groupby("task")["n"].nunique() == 1).all()
    metrics = rows.groupby("task")["metric"].agg(set).to_dict()
    named = {"users", "acc@1", "log_loss", "ece"}
    timed = {"users", "log_loss", "median_abs_error_hours"}
    assert metrics == {"next_category": named, "next_cell": named, "time_to_next": timed}
    models = rows.groupby("task")["model"].agg(set).to_dict()
    assert models["next_cell"] == models["next_category"] == {MODEL, *EVENT_BASELINES}
    assert models["time_to_next"] == {MODEL, "popularity", "visit_counter"}
    assert np.isfinite(rows["value"]).all()


def test_the_model_knows_more_than_counts_of_ones_own(rows: pd.DataFrame) -> None:
    value = rows.set_index(["task", "metric", "model"])["value"]
    for task in ("next_category", "next_cell"):
        assert value[task, "log_loss", MODEL] < value[task, "log_loss", "visit_counter"]
    assert (
        value["time_to_next", "log_loss", MODEL]
        < value["time_to_next", "log_loss", "popularity"] + 0.1
    )


def test_tasks_of_few_people_are_left_out(corpus: Corpus, trained: Trained) -> None:
    assert evaluate_forecasts(trained.model, corpus, max_targets=40, min_users=10**6).empty
