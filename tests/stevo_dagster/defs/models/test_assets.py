"""The training configuration in Dagster is that of the model library."""

from __future__ import annotations

from dataclasses import asdict

from models_ml.config import RankerConfig, TrainConfig
from stevo_dagster.defs.models.assets import RankerSettings, TrainSettings


def test_every_setting_of_training_can_be_set_in_dagster_with_the_same_default():
    told = TrainSettings().model_dump()
    ranker = told.pop("ranker")
    library = asdict(TrainConfig())
    # What is published is for a time that nobody knows yet.
    assert library.pop("time_aware") is False
    assert told == library
    own = {k: v for k, v in asdict(RankerConfig()).items() if k not in asdict(TrainConfig())}
    shared = {"patience", "lr"}
    assert ranker.keys() == own.keys() | shared
    assert {**ranker, "questions": own["questions"]} == {
        **own,
        **{name: getattr(RankerConfig(), name) for name in shared},
    }
    assert RankerSettings().questions < own["questions"]
