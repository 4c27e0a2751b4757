"""Encoders that remember: LSTM, GRU, and the ST-LSTM with gates of time and distance.

Here belong the cells alone.  Padding lies behind every real event, so a state never depends on it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models_ml.peers.inputs import Inputs, at_last


class Recurrent(nn.Module):
    """torch's LSTM or GRU over the events."""

    def __init__(self, kind: type[nn.LSTM] | type[nn.GRU], d: int, layers: int, dropout: float):
        super().__init__()
        between = dropout if layers > 1 else 0.0
        self.cells = kind(d, d, layers, batch_first=True, dropout=between)
        self.drop = nn.Dropout(dropout)

    def forward(self, events: Tensor, inputs: Inputs) -> Tensor:
        """States (B, L, d)."""
        states: Tensor = self.drop(self.cells(events)[0])
        return states

    def last(self, events: Tensor, inputs: Inputs) -> Tensor:
        """The state after the last event of each, (B, d)."""
        return at_last(self(events, inputs), inputs)


class SpatioTemporalLstm(nn.Module):
    """The LSTM with two gates of time and two of distance (Zhao et al., AAAI 2019; the idea is Kong
    & Wu's, IJCAI 2018).

    One pair lets the last step speak for the next place (the short-term cell, which the output is
    read from), the other decides what of it is remembered.  The time of a step is that since the
    event before; where the time of the answer is given, that up to the event after, as in
    Time-LSTM.  The distance is always the one that led here: the next would give the answer away.
    """

    GATES = 8

    def __init__(self, d: int, layers: int, dropout: float):
        super().__init__()
        self.from_events = nn.ModuleList(nn.Linear(d, self.GATES * d) for _ in range(layers))
        self.from_state = nn.ModuleList(nn.Linear(d, 4 * d, bias=False) for _ in range(layers))
        self.from_time = nn.ModuleList(nn.Linear(1, 3 * d) for _ in range(layers))
        self.from_distance = nn.ModuleList(nn.Linear(1, 3 * d) for _ in range(layers))
        self.drop = nn.Dropout(dropout)

    def forward(self, events: Tensor, inputs: Inputs) -> Tensor:
        """States (B, L, d)."""
        state = events
        for layer in range(len(self.from_events)):
            state = self.drop(self._layer(layer, state, inputs))
        return state

    def last(self, events: Tensor, inputs: Inputs) -> Tensor:
        """The state after the last event of each, (B, d)."""
        return at_last(self(events, inputs), inputs)

    def _layer(self, layer: int, events: Tensor, inputs: Inputs) -> Tensor:
        size, length, d = events.shape
        given = self.from_events[layer](events).split([4 * d, *[d] * (self.GATES - 4)], dim=-1)
        time = self.from_time[layer](inputs.gap[..., None]).split(d, dim=-1)
        far = self.from_distance[layer](inputs.moved[..., None]).split(d, dim=-1)
        now, later = (
            torch.sigmoid(given[1 + i] + time[i].sigmoid())
            * torch.sigmoid(given[3 + i] + far[i].sigmoid())
            for i in range(2)
        )
        output = torch.cat([torch.zeros(size, length, 3 * d), time[2] + far[2]], dim=-1)
        steps = (given[0] + output).unbind(1)
        hidden = cell = events.new_zeros(size, d)
        states = []
        for step, short, long in zip(steps, now.unbind(1), later.unbind(1), strict=True):
            gates = step + self.from_state[layer](hidden)
            enter, keep, fresh, out = gates.split(d, dim=-1)
            kept, new = keep.sigmoid() * cell, enter.sigmoid() * fresh.tanh()
            hidden = out.sigmoid() * (kept + new * short).tanh()
            cell = kept + new * long
            states.append(hidden)
        return torch.stack(states, dim=1)
