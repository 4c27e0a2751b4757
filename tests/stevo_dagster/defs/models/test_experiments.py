"""The record of experiments grows by one row for new work and by none for the same."""

from __future__ import annotations

import json

import pandas as pd

from models_ml.columns import BASELINES, ENSEMBLE
from stevo_dagster.defs.making import frame, one_row
from stevo_dagster.defs.models.experiments import TYPES, experiments_table, headline
from stevo_dagster.lake import UNDATED, manifest, run_staging, write_table
from stevo_dagster.settings import Settings


def put(settings: Settings, table: str, data: object) -> None:
    with run_staging(settings.lake, "r"):
        write_table(settings.lake, "r", table, UNDATED, data, code_hash="x")


def test_the_row_of_the_demo_names_its_model_data_and_accuracy(demo_settings):
    (row,) = frame(demo_settings, "experiments").to_dict("records")
    assert row["number"] == 1
    assert row["model_version"] == one_row(demo_settings, "trained_model")["model_version"]
    assert row["data_hash"] == manifest(demo_settings.lake, "sequences", UNDATED).content_hash
    evaluation = frame(demo_settings, "evaluation")
    told = evaluation[(evaluation.metric == "acc@1") & (evaluation.segment == "all")]
    told = told[told.task == "next_place"].set_index("model").value
    assert row["acc1"] == told[ENSEMBLE] and row["acc1_low"] < row["acc1"] < row["acc1_high"]
    assert row["best_baseline_acc1"] == told[list(BASELINES)].max()
    assert json.loads(row["metrics"])["blend"]["next_place acc@1"] == told["blend"]
    assert json.loads(row["curves"])[0]["epoch"] == 1
    assert json.loads(row["config"])["seed"] == 7


def test_the_same_work_adds_no_row_and_other_settings_add_one(demo_copy):
    first = experiments_table(demo_copy)
    assert len(first) == 1 and first.dtypes.astype(str).to_dict() == TYPES
    trained = pd.DataFrame([one_row(demo_copy, "trained_model")])
    put(demo_copy, "trained_model", trained.assign(config='{"seed": 8}'))
    second = experiments_table(demo_copy)
    assert list(second["number"]) == [1, 2] and second["config"][1] == '{"seed": 8}'
    pd.testing.assert_frame_equal(second.head(1), first)
    put(demo_copy, "experiments", second)
    assert len(experiments_table(demo_copy)) == 2


def test_without_a_model_or_enough_people_the_figures_are_null(demo_settings):
    evaluation = frame(demo_settings, "evaluation")
    baseline = headline(evaluation, learned=False)
    assert baseline["acc1"] is None and baseline["best_baseline"] in BASELINES
    nobody = headline(evaluation.head(0), learned=True)
    assert nobody["acc1"] is None and nobody["best_baseline"] is None and nobody["n"] == 0
