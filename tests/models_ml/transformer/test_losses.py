"""The losses are the probabilities they claim to be."""

from __future__ import annotations

import math

import pytest
import torch

from models_ml.transformer.losses import head_loss, place_loss
from models_ml.transformer.network import Output


def test_place_loss_is_minus_log_of_the_mixture() -> None:
    share = torch.tensor([[0.5, 0.3, 0.2]])
    place, successor = torch.tensor([[0.6, 0.4]]), torch.tensor([[0.1, 0.9]])
    vocabulary = torch.tensor([[0.7, 0.2, 0.1]])

    output = Output(
        share.log(), place.log(), successor.log(), *(4 * [vocabulary.log()]), vocabulary[:, :0]
    )
    hit_place, hit_successor = torch.tensor([[True, False]]), torch.tensor([[False, True]])
    found = place_loss(output, hit_place, hit_successor, torch.tensor([1]))
    assert found.item() == pytest.approx(-math.log(0.5 * 0.6 + 0.3 * 0.9 + 0.2 * 0.2), rel=1e-5)


def test_a_head_is_asked_only_for_what_it_knows() -> None:
    shares = torch.tensor([[0.5, 0.5], [0.9, 0.1], [0.2, 0.8]]).log()
    asked = torch.tensor([True, True, False])
    found = head_loss(shares, torch.tensor([0, 2, 1]), asked)
    assert found.item() == pytest.approx(-math.log(0.5))
    assert head_loss(shares[:, :0], torch.tensor([0, 1, 0]), asked).item() == 0.0
