"""Training in another process: its outcome comes back whole, its failure fails the run."""

from __future__ import annotations

import os
import subprocess
import sys

import dagster as dg
import pandas as pd
import pytest

from models_ml.data import sequences
from stevo_dagster.defs.making import frame, one_row
from stevo_dagster.defs.models.assets import train_model
from stevo_dagster.defs.models.process import _stop_if_orphaned
from stevo_dagster.defs.models.training import load_model
from stevo_dagster.defs.resources import HomeResource
from stevo_dagster.lake import UNDATED, run_staging, write_table
from stevo_dagster.settings import Settings
from tests.models_ml.conftest import make_events

QUICK = {
    "epochs": 1,
    "d_model": 16,
    "heads": 2,
    "window": 12,
    "max_train_events": 250,
    "max_val_targets": 50,
    "threads": 1,
    "ranker": {"questions": 250, "rounds": 8, "min_leaf": 10},
}


def materialise(settings: Settings, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    return dg.materialize(
        [train_model],
        instance=instance,
        resources={
            "home": HomeResource(path=str(settings.home)),
            "pipes": dg.PipesSubprocessClient(),
        },
        run_config={"ops": {"train_model": {"config": QUICK}}},
        raise_on_error=False,
    )


def put_sequences(settings: Settings, table: pd.DataFrame) -> None:
    with run_staging(settings.lake, "r"):
        write_table(settings.lake, "r", "sequences", UNDATED, table, code_hash="x")


def test_the_outcome_of_the_other_process_is_published_and_its_epochs_are_logged(settings):
    put_sequences(settings, sequences.build(make_events(people=12, events=40)))
    with dg.DagsterInstance.ephemeral() as instance:
        done = materialise(settings, instance)
        told = [entry.user_message for entry in instance.all_logs(done.run_id)]
    assert done.success
    row = one_row(settings, "trained_model")
    assert row["reason"] == "trained"
    assert load_model(settings, row["model_version"]).name == "ensemble"
    curves = frame(settings, "training_curves")
    assert list(curves["epoch"]) == [1] and curves["val_loss"].notna().all()
    assert any(text.startswith("epoch 1: train loss") for text in told)


def test_a_failure_in_the_other_process_fails_the_run_and_publishes_nothing(settings):
    table = sequences.build(make_events(people=12, events=40))
    put_sequences(settings, table.drop(columns="gap_seconds"))
    with dg.DagsterInstance.ephemeral() as instance:
        done = materialise(settings, instance)
        told = "".join(entry.user_message for entry in instance.all_logs(done.run_id))
    assert not done.success
    assert "gap_seconds" in told
    assert not (settings.lake.root / "trained_model").exists()


def test_a_process_whose_run_is_gone_stops():
    _stop_if_orphaned(os.getppid())
    with pytest.raises(SystemExit, match="is gone"):
        _stop_if_orphaned(os.getppid() + 1)


def test_the_asset_side_loads_neither_torch_nor_lightgbm():
    load = "import sys, stevo_dagster.defs.models.process as _"
    code = f"{load}; print(*{{'torch', 'lightgbm'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
