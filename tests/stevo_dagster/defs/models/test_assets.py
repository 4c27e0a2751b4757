"""The training configuration in Dagster is that of the model library."""

from __future__ import annotations

from dataclasses import asdict

from models_ml.config import TrainConfig
from stevo_dagster.defs.models.assets import TrainSettings


def test_every_setting_of_training_can_be_set_in_dagster_with_the_same_default():
    assert TrainSettings().model_dump() == asdict(TrainConfig())
