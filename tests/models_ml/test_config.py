"""Training settings: a round trip, and refusals that name the setting."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_ml.config import PeerConfig, RankerConfig, TrainConfig
from models_ml.errors import ModelError

WHOLE = (
    *("epochs", "patience", "d_model", "heads", "window"),
    *("batch_chunks", "chunk", "threads", "accumulate", "text_components"),
)


@settings(deadline=None, max_examples=50)
@given(
    st.integers(0, 2**32),
    st.integers(1, 50),
    st.floats(1e-6, 1),
    st.floats(0, 0.99),
    st.integers(1, 8),
    st.booleans(),
)
def test_settings_survive_json(
    seed: int, epochs: int, lr: float, dropout: float, heads: int, time_aware: bool
) -> None:
    config = TrainConfig(
        seed=seed,
        epochs=epochs,
        lr=lr,
        dropout=dropout,
        heads=heads,
        d_model=heads * 8,
        time_aware=time_aware,
    )
    assert TrainConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


@pytest.mark.parametrize("name", WHOLE)
def test_a_size_below_one_is_refused_by_name(name: str) -> None:
    with pytest.raises(ModelError, match=f"{name} must be at least 1, got 0") as error:
        TrainConfig.from_dict({name: 0})
    assert error.value.where == "TrainConfig"


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"dropout": 1.0}, r"dropout must lie in \[0, 1\), got 1.0"),
        ({"dropout": -0.1}, "dropout"),
        ({"device": "gpu"}, "device must be one of auto, cpu, cuda, got 'gpu'"),
        ({"save_steps": -1}, "save_steps must be >= 0, got -1"),
        ({"softmax_sample": -1}, "softmax_sample must be >= 0, got -1"),
        ({"lr": 0.0}, "lr must be > 0"),
        ({"lr": float("nan")}, "lr must be > 0"),
        ({"lr": float("inf")}, "lr must be > 0"),
        ({"weight_decay": float("nan")}, "weight_decay >= 0"),
        ({"event_loss_weight": -0.1}, "event_loss_weight must be >= 0, got -0.1"),
        ({"event_loss_weight": float("nan")}, "event_loss_weight"),
        ({"category_loss_weight": -0.1}, "category_loss_weight must be >= 0, got -0.1"),
        ({"cell_loss_weight": float("inf")}, "cell_loss_weight"),
        ({"time_loss_weight": -1.0}, "time_loss_weight"),
        ({"weight_decay": -1e-9}, "weight_decay >= 0"),
        ({"warmup": 1.0}, "warmup"),
        ({"d_model": 30, "heads": 4}, r"d_model \(30\) must be a multiple of heads \(4\)"),
    ],
)
def test_impossible_settings_are_refused(wrong: dict[str, float], problem: str) -> None:
    with pytest.raises(ModelError, match=problem):
        TrainConfig.from_dict(wrong)


def test_every_unknown_name_is_told_with_the_known_ones() -> None:
    with pytest.raises(ModelError, match="unknown training settings: epoch, widow") as error:
        TrainConfig.from_dict({"widow": 1, "epochs": 2, "epoch": 3})
    assert "epochs" in error.value.fix


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"epochs": "3"}, "epochs must be a whole number, got '3'"),
        ({"epochs": 3.0}, "epochs must be a whole number, got 3.0"),
        ({"epochs": True}, "epochs must be a whole number, got True"),
        ({"lr": "fast"}, "lr must be a number, got 'fast'"),
        ({"lr": None}, "lr must be a number, got None"),
        ({"time_aware": 1}, "time_aware must be true or false, got 1"),
        ({"device": 0}, "device must be text, got 0"),
    ],
)
def test_a_value_of_another_type_is_refused_by_name(wrong: dict, problem: str) -> None:
    with pytest.raises(ModelError, match=problem) as error:
        TrainConfig.from_dict(wrong)
    assert error.value.where == "TrainConfig"


def test_a_whole_number_is_a_number() -> None:
    assert TrainConfig.from_dict({"lr": 1}).lr == 1


def test_settings_cannot_be_changed_behind_their_check() -> None:
    with pytest.raises(FrozenInstanceError):
        TrainConfig().lr = -1.0  # type: ignore[misc]


def test_the_rankers_settings_survive_json() -> None:
    config = RankerConfig(questions=5, lr=0.3, time_aware=True)
    assert RankerConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"questions": 0}, "questions must be at least 1, got 0"),
        ({"rounds": 0}, "rounds must be at least 1, got 0"),
        ({"leaves": 1}, "leaves must be at least 2, got 1"),
        ({"lr": float("nan")}, "lr must be > 0"),
        ({"l2": -1.0}, "l2 >= 0"),
        ({"row_share": 0.0}, r"row_share in \(0, 1\]"),
        ({"feature_share": 1.5}, "feature_share"),
        ({"trees": 3}, "unknown training settings: trees"),
    ],
)
def test_impossible_settings_of_the_ranker_are_refused(wrong: dict, problem: str) -> None:
    with pytest.raises(ModelError, match=problem) as error:
        RankerConfig.from_dict(wrong)
    assert error.value.where == "RankerConfig"


def test_the_peers_settings_survive_json() -> None:
    config = PeerConfig(seed=5, lr=0.3, time_aware=True)
    assert PeerConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"layers": 0}, "layers must be at least 1, got 0"),
        ({"batch": 0}, "batch must be at least 1, got 0"),
        ({"stride": 65}, r"stride \(65\) must be at most window \(64\)"),
        ({"mask_share": 1.0}, r"mask_share and warmup must lie in \[0, 1\)"),
        ({"dropout": float("nan")}, "dropout"),
        ({"lr": float("nan")}, "lr must be > 0"),
        ({"weight_decay": -1.0}, "weight_decay"),
        ({"heads": 3}, r"d_model \(64\) must be a multiple of heads \(3\)"),
    ],
)
def test_impossible_settings_of_the_peers_are_refused(wrong: dict, problem: str) -> None:
    with pytest.raises(ModelError, match=problem) as error:
        PeerConfig.from_dict(wrong)
    assert error.value.where == "PeerConfig"
