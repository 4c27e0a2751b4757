"""The training configuration in Dagster is that of the model library."""

from __future__ import annotations

from dataclasses import asdict

from models_ml.config import RankerConfig, TrainConfig
from models_ml.evaluation.protocol import Protocol
from stevo_dagster.defs.models.assets import ListSettings, PeerSettings, TrainSettings


def test_every_setting_of_training_can_be_set_in_dagster_with_the_same_default():
    told = TrainSettings().model_dump()
    ranker = told.pop("ranker")
    library = asdict(TrainConfig())
    assert told.pop("seeds") == 1
    # What is published is for a time that nobody knows yet.
    assert library.pop("time_aware") is False
    assert told == library
    shared = asdict(TrainConfig()).keys() - {"patience", "lr"}
    own = {name: value for name, value in asdict(RankerConfig()).items() if name not in shared}
    assert ranker.keys() == own.keys()
    shorter = {name for name in own if ranker[name] != own[name]}
    assert shorter == {"questions", "lr"}
    assert ranker["questions"] < own["questions"] and ranker["lr"] > own["lr"]


def test_every_setting_of_lists_can_be_set_in_dagster_with_the_same_default():
    assert ListSettings().model_dump() == asdict(Protocol())


def test_peers_are_asked_for_by_name_and_nobody_is_by_default():
    told = PeerSettings().model_dump()
    assert told.pop("peers") == []
    assert told == {name: getattr(TrainConfig(), name) for name in told}
