"""Steps of the optimiser: the schedule, sums over parts of a batch, a loss that is not finite."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from models_ml.data.corpus import Corpus
from models_ml.errors import ModelError
from models_ml.transformer.chunks import chunk_batches, trainset
from models_ml.transformer.losses import COUNTED, counts, objective
from models_ml.transformer.ranks import ALONE
from models_ml.transformer.steps import Steps, schedule
from models_ml.transformer.train import Trained, build, train


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


@pytest.mark.parametrize("parts", [2, 3, 40])
def test_parts_of_a_batch_sum_to_the_gradient_of_the_whole(
    corpus: Corpus, trained: Trained, parts: int
) -> None:
    """Parts differ in how many of their questions have a place, and some have no chunk at all."""
    config = replace(trained.config, dropout=0.0)
    model = build(corpus, config)
    data = trainset(corpus, model.vocabulary, config)
    index = next(iter(data.order(config, 1)))

    def gradient(each: int) -> torch.Tensor:
        model.network.zero_grad(set_to_none=True)
        steps = Steps(model.network, config, 1)
        ones = [chunk_batches(data, config, part) for _, part in ALONE.parts(index, each)]
        whole = {
            name: sum(counts(one, model.network.shape)[name] for one in ones) for name in COUNTED
        }
        for one in ones:
            output = model.network(one.batch, data.table, one.wide)
            steps.add(objective(output, one, config, whole if each > 1 else None)[0])
        return torch.cat(
            [p.grad.flatten() for p in model.network.parameters() if p.grad is not None]
        )

    once, cut = gradient(1), gradient(parts)
    assert once.abs().max() > 1e-2
    assert torch.allclose(once, cut, atol=1e-6, rtol=1e-4)


def test_accumulating_trains_as_the_whole_batch_does(corpus: Corpus, trained: Trained) -> None:
    config = replace(trained.config, dropout=0.0, epochs=2)
    whole, cut = train(corpus, config), train(corpus, replace(config, accumulate=3))
    for name in ("train_loss", "val_loss"):
        assert cut.curves[-1][name] == pytest.approx(whole.curves[-1][name], rel=1e-4)
