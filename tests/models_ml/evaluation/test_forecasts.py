"""Rows on category, cell and time: one layout, one set of instances, counting beside the model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from models_ml.columns import EVALUATION_COLUMNS, EVENT_BASELINES, MODEL
from models_ml.data.corpus import Corpus, Queries, queries_for_rows, target_rows
from models_ml.data.gaps import GapBins, GapForecast
from models_ml.evaluation.forecasts import _timed, evaluate_forecasts
from models_ml.transformer.train import Trained


@dataclass(frozen=True)
class Always:
    """Forecasts one gap for everybody."""

    hours: float
    name: str = "always"

    def time_to_next(self, corpus: Corpus, queries: Queries) -> GapForecast:
        share = np.tile([0.0, 1.0, 0.0], (len(queries), 1))
        return GapForecast(GapBins((0.0, self.hours, self.hours + 1e-9), 1.0), share)


@pytest.fixture(scope="module")
def rows(corpus: Corpus, trained: Trained) -> pd.DataFrame:
    return evaluate_forecasts(trained.model, corpus, max_targets=120)


def test_layout(rows: pd.DataFrame) -> None:
    assert tuple(rows.columns) == EVALUATION_COLUMNS
    assert not rows.duplicated(["model", "task", "split", "segment", "metric"]).any()
    assert (rows.groupby("task")["n"].nunique() == 1).all()
    metrics = rows.groupby("task")["metric"].agg(set).to_dict()
    named = {"users", "acc@1", "log_loss", "ece"}
    timed = {"users", "log_loss", "mean_abs_log_error", "median_abs_error_hours"}
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


def test_the_right_median_errs_least_on_the_scale_it_is_judged_by(corpus: Corpus) -> None:
    """Of constants, the median of the gaps asked for; a smaller one errs by fewer hours in the
    median, which is why that figure alone judges nobody.
    """
    asked = queries_for_rows(corpus, target_rows(corpus, "test", with_item=False))
    hours = np.expm1(np.random.default_rng(1).normal(5.0, 2.0, len(asked))) / 60
    hours = np.maximum(hours, 0.01)
    error = {}
    for guess in (0.25, 0.5, 1.0, 2.0, 4.0):
        constant = Always(guess * float(np.median(hours)))
        found = pd.DataFrame(_timed("test", constant, corpus, asked, hours))
        values = found[found["model"] == "always"].set_index("metric")["value"]
        error[guess] = values["mean_abs_log_error"], values["median_abs_error_hours"]
    assert min(error, key=lambda guess: error[guess][0]) == 1.0
    assert error[0.5][1] < error[1.0][1]


def test_tasks_of_few_people_are_left_out(corpus: Corpus, trained: Trained) -> None:
    assert evaluate_forecasts(trained.model, corpus, max_targets=40, min_users=10**6).empty
