"""The ST-LSTM against a plain loop over its equations; padding and time as they should act."""

from __future__ import annotations

import torch
from torch import nn

from models_ml.peers.inputs import Inputs
from models_ml.peers.recurrent import Recurrent, SpatioTemporalLstm


def inputs(gap: torch.Tensor) -> Inputs:
    empty = torch.zeros(gap.shape, dtype=torch.long)
    return Inputs(empty, empty, gap, gap * 0.5, torch.full((len(gap),), gap.shape[1]))


def test_the_gates_are_those_of_the_paper() -> None:
    torch.manual_seed(0)
    d, cell = 4, SpatioTemporalLstm(4, 1, 0.0)
    events, gap = torch.randn(1, 3, d), torch.rand(1, 3)
    x, t, s = (
        layer[0](value)[0]
        for layer, value in (
            (cell.from_events, events),
            (cell.from_time, gap[..., None]),
            (cell.from_distance, gap[..., None] * 0.5),
        )
    )
    hidden = memory = torch.zeros(d)
    for k in range(3):
        enter, keep, fresh, out = (x[k, : 4 * d] + cell.from_state[0](hidden)).split(d)
        one, two, near, far = x[k, 4 * d :].split(d)
        short = (one + t[k, :d].sigmoid()).sigmoid() * (near + s[k, :d].sigmoid()).sigmoid()
        long = (two + t[k, d : 2 * d].sigmoid()).sigmoid()
        long = long * (far + s[k, d : 2 * d].sigmoid()).sigmoid()
        new = enter.sigmoid() * fresh.tanh()
        told = (out + t[k, 2 * d :] + s[k, 2 * d :]).sigmoid()
        hidden = told * (keep.sigmoid() * memory + new * short).tanh()
        memory = keep.sigmoid() * memory + new * long
    assert torch.allclose(cell(events, inputs(gap))[0, -1], hidden, atol=1e-6)


def test_time_moves_the_st_lstm_alone() -> None:
    torch.manual_seed(0)
    events, gap = torch.randn(2, 3, 4), torch.rand(2, 3)
    told, plain = SpatioTemporalLstm(4, 2, 0.0), Recurrent(nn.GRU, 4, 1, 0.0)
    assert not torch.allclose(told(events, inputs(gap)), told(events, inputs(gap + 1)))
    assert torch.equal(plain(events, inputs(gap)), plain(events, inputs(gap + 1)))


def test_what_comes_later_does_not_reach_back() -> None:
    torch.manual_seed(0)
    events, gap = torch.randn(1, 5, 4), torch.rand(1, 5)
    other = events.clone()
    other[:, 3:] = 9.0
    for cell in (SpatioTemporalLstm(4, 2, 0.0), Recurrent(nn.LSTM, 4, 2, 0.0)):
        cell.eval()
        assert torch.equal(cell(events, inputs(gap))[:, :3], cell(other, inputs(gap))[:, :3])
