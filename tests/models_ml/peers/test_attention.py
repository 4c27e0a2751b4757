"""SASRec looks back alone, BERT4Rec both ways; neither sees padding."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from models_ml.peers.attention import Bert4rec, Sasrec
from models_ml.peers.inputs import Inputs


def states(kind: type, events: Tensor, length: int) -> Tensor:
    torch.manual_seed(0)
    encoder = kind(8, 2, 2, 6, 0.0).eval()
    empty = torch.zeros(1, 6, dtype=torch.long)
    return encoder(events, Inputs(empty, empty, empty, empty, torch.tensor([length])))


@pytest.mark.parametrize("kind", [Sasrec, Bert4rec])
def test_padding_is_not_seen(kind: type) -> None:
    events = torch.randn(1, 6, 8)
    other = events.clone()
    other[:, 4:] = 9.0
    assert torch.equal(states(kind, events, 4)[:, :4], states(kind, other, 4)[:, :4])


def test_sasrec_looks_back_and_bert4rec_both_ways() -> None:
    events = torch.randn(1, 6, 8)
    late, early = events.clone(), events.clone()
    late[:, 5] = 9.0
    early[:, 0] = 9.0
    assert torch.allclose(states(Sasrec, events, 6)[:, :5], states(Sasrec, late, 6)[:, :5])
    assert not torch.allclose(states(Sasrec, events, 6)[:, 5], states(Sasrec, early, 6)[:, 5])
    assert not torch.allclose(states(Bert4rec, events, 6)[:, 0], states(Bert4rec, late, 6)[:, 0])
