"""Steps of the optimiser: the schedule, and a loss that is not finite."""

from __future__ import annotations

import pytest
import torch

from models_ml.data.corpus import Corpus
from models_ml.errors import ModelError
from models_ml.transformer.steps import Steps, schedule
from models_ml.transformer.train import Trained, build


def test_a_loss_that_is_not_finite_stops_training(corpus: Corpus, trained: Trained) -> None:
    model = build(corpus, trained.config)
    with torch.no_grad():
        model.network.item_bias.fill_(float("nan"))
    steps = Steps(model.network, trained.config, 1)
    with pytest.raises(ModelError, match="the training loss is nan at step 0"):
        steps.step(model.network.item_bias.sum())


def test_schedule_warms_up_then_falls() -> None:
    values = [schedule(x / 100, 0.1) for x in range(101)]
    assert values[0] == 0
    assert max(values) == values[10] == 1
    assert values[10:] == sorted(values[10:], reverse=True)
    assert values[-1] == pytest.approx(0.02)
