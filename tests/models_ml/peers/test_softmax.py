"""The fused loss is torch's cross-entropy, in value and gradient."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from models_ml.peers import softmax
from models_ml.transformer.negatives import Negatives, chances


@pytest.mark.parametrize("rows", [1, 31, 100])
def test_value_and_gradients_are_those_of_torch(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(softmax, "SCORES_AT_ONCE", 1)
    torch.manual_seed(rows)
    state = torch.randn(rows, 8, requires_grad=True)
    weight = torch.randn(37, 8, requires_grad=True)
    target = torch.randint(0, 37, (rows,))
    ours = softmax.full_softmax(state, weight, target)
    found = torch.autograd.grad(3 * ours, (state, weight))
    theirs = F.cross_entropy(state @ weight.T, target)
    wanted = torch.autograd.grad(3 * theirs, (state, weight))
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-5)
    for one, other in zip(found, wanted, strict=True):
        assert torch.allclose(one, other, atol=1e-5)


def test_an_improbable_target_has_a_finite_loss() -> None:
    state = torch.tensor([[300.0]], requires_grad=True)
    weight = torch.tensor([[1.0], [0.0]], requires_grad=True)
    loss = softmax.full_softmax(state, weight, torch.tensor([1]))
    assert loss.item() == pytest.approx(300.0)


def test_a_sample_of_all_places_is_the_full_loss_and_of_some_its_estimate() -> None:
    """Within 0.05 over 400 draws of 20 of 60 places; the gradient of the places within 0.01."""
    torch.manual_seed(0)
    state, target = 0.3 * torch.randn(50, 8), torch.randint(0, 10, (50,))
    weight = torch.randn(60, 8, requires_grad=True)
    full = softmax.full_softmax(state, weight, target)
    (wanted,) = torch.autograd.grad(full, weight)
    every = Negatives(np.ones(60)).sampled(target.numpy(), (1, 0))
    assert softmax.sampled_softmax(state, weight, target, every).item() == pytest.approx(
        full.item(), rel=1e-5
    )
    some, losses, gradient = Negatives(chances(np.arange(1, 61), 20)), [], torch.zeros(60, 8)
    for step in range(400):
        drawn = some.sampled(target.numpy(), (1, step))
        loss = softmax.sampled_softmax(state, weight, target, drawn)
        gradient += torch.autograd.grad(loss, weight)[0] / 400
        losses.append(loss.item())
    assert np.mean(losses) == pytest.approx(full.item(), abs=0.05)
    assert (gradient - wanted).abs().max() < 0.01
