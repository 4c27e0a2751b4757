"""The fused loss is torch's cross-entropy, in value and gradient."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from models_ml.peers import softmax


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
