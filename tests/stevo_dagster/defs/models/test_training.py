"""Training as published: the checkpoint kept once, too few events told, equal runs equal rows."""

from __future__ import annotations

import io
import json
import os
from contextlib import redirect_stderr

import pandas as pd
import pytest

from models_ml.config import RankerConfig, TrainConfig
from models_ml.data import sequences
from models_ml.errors import DamagedCheckpoint
from stevo_dagster.defs.models.training import (
    CURVE_TYPES,
    TrainingBar,
    about,
    curve_table,
    load_model,
    train_and_keep,
)
from tests.models_ml.conftest import make_events

NETWORK = TrainConfig(
    epochs=1, d_model=16, heads=2, window=12, max_train_events=250, max_val_targets=50, threads=1
)
RANKER = RankerConfig(questions=250, rounds=8, max_val_targets=50, min_leaf=10, threads=1)
QUICK = {**NETWORK.to_dict(), "ranker": {"questions": 250, "rounds": 8, "min_leaf": 10}}


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return sequences.build(make_events(people=12, events=40))


def test_a_trained_model_is_kept_under_its_version_and_equal_training_keeps_nothing_new(
    settings, table
):
    heard: list[dict[str, float]] = []
    made = train_and_keep(settings, table, QUICK, heard.append).tables()
    (row,) = made["trained_model"].to_pylist()
    assert row["reason"] == "trained" and json.loads(row["config"]) == {
        **NETWORK.to_dict(),
        "seeds": 1,
        "ranker": RANKER.to_dict(),
    }
    assert [path.name for path in settings.models.iterdir()] == [row["model_version"]]
    assert load_model(settings, row["model_version"]).name == "ensemble"
    assert heard[-1] == {"round": 8, "done": 1.0}
    assert any(one.get("epoch") == 1 and "val_loss" in one for one in heard)

    again = train_and_keep(settings, table, QUICK).tables()
    assert again["trained_model"].equals(made["trained_model"])
    pd.testing.assert_frame_equal(again["training_curves"], made["training_curves"])
    assert [path.name for path in settings.models.iterdir()] == [row["model_version"]]


def test_networks_of_several_seeds_are_kept_as_one_model(settings, table):
    made = train_and_keep(settings, table, {**QUICK, "seeds": 2})
    assert made.version is not None and made.config["seeds"] == 2
    members = load_model(settings, made.version).network.members
    assert [one.config.seed for one in members] == [NETWORK.seed, NETWORK.seed + 1]
    assert [path.name for path in settings.models.iterdir()] == [made.version]


def test_too_few_events_are_no_failure_and_say_how_many_are_needed(settings, table):
    made = train_and_keep(settings, table.head(30), QUICK).tables()
    (row,) = made["trained_model"].to_pylist()
    assert row["model_version"] is None
    assert "200 are needed" in row["reason"]
    assert made["training_curves"].dtypes.astype(str).to_dict() == CURVE_TYPES
    assert not settings.models.exists()


def test_what_a_killed_training_left_is_replaced(settings, table):
    left = settings.models / f".making-{os.getpid()}"
    left.mkdir(parents=True)
    (left / "half").write_text("x")
    version = train_and_keep(settings, table, QUICK).version
    assert version is not None
    assert not left.exists()
    assert not (settings.models / version / "half").exists()


def test_a_killed_training_goes_on_below_the_home_and_its_state_is_removed_when_done(
    settings, table
):
    class Killed(BaseException):
        """Stands for a kill after the first epoch."""

    def kill(state: dict[str, float]) -> None:
        if "val_loss" in state:
            raise Killed

    longer = {**QUICK, "epochs": 2}
    with pytest.raises(Killed):
        train_and_keep(settings, table, longer, kill)
    (left,) = settings.models.iterdir()
    assert left.name.startswith(".resume-")

    heard: list[dict[str, float]] = []
    made = train_and_keep(settings, table, longer, heard.append).tables()
    assert [one["epoch"] for one in heard if "val_loss" in one] == [2]
    assert made["training_curves"]["epoch"].tolist() == [1, 2]
    version = made["trained_model"].to_pylist()[0]["model_version"]
    assert [path.name for path in settings.models.iterdir()] == [version]
    again = train_and_keep(settings, table, longer).tables()
    assert again["trained_model"].equals(made["trained_model"])


def test_a_checkpoint_that_is_gone_is_named(settings):
    with pytest.raises(DamagedCheckpoint, match="0123456789ab"):
        load_model(settings, "0123456789ab")


def test_the_curve_holds_no_clock():
    row = {"epoch": 1, "train_loss": 2, "val_loss": 3, "val_acc1": 0, "lr": 1, "seconds": 9.9}
    table = curve_table([row])
    assert table.dtypes.astype(str).to_dict() == CURVE_TYPES
    assert curve_table([{**row, "seconds": 1.1}]).equals(table)


def test_about_keeps_its_columns_when_there_is_no_model():
    with_model, without = about("abc", "trained", QUICK), about(None, "too few", {})
    assert with_model.schema == without.schema
    assert json.loads(with_model["config"][0].as_py()) == QUICK


def test_the_bar_moves_within_an_epoch_and_shows_the_newest_losses():
    told = io.StringIO()
    with redirect_stderr(told), TrainingBar(4) as bar:
        bar._bar.mininterval = 0
        bar.show({"epoch": 2, "done": 0.5, "train_loss": 1.25})
        bar.show({"epoch": 2, "train_loss": 1.2, "val_loss": 3.4567, "val_acc1": 0.25})
    lines = told.getvalue()
    assert "epoch 1.5 of 4" in lines and "epoch 2.0 of 4" in lines
    assert "val_loss=3.457" in lines and "val_acc1=0.250" in lines


def test_the_bar_counts_trees_once_the_epochs_are_done():
    told = io.StringIO()
    with redirect_stderr(told), TrainingBar(1) as bar:
        bar._bar.mininterval = 0
        bar.show({"epoch": 1, "train_loss": 1.2, "val_loss": 3.4, "val_acc1": 0.25})
        bar.show({"round": 12, "done": 0.1})
    assert told.getvalue().rstrip().endswith("trees=12]")
