"""The gap head: how long until the next event, as logits over the bins of `data.gaps`.

Here belongs that head alone: what the state says of each bin, and what the window's own events say:
how long this user's gaps were, and at which hours of the day and of the week the user is about.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models_ml.data.gaps import GapBins
from models_ml.transformer.windows import Batch, Tokens

WEEK_HOURS = 168.0
# Waves a week: those of the day, up to three-hourly, and those of the week, up to six-hourly.
DAY_WAVES = np.arange(7, 57, 7)
WEEK_WAVES = np.arange(1, 29)
OWN_WEIGHT, RHYTHM_WEIGHT = 5.0, 2.0
POINTS = 8


class GapHead(nn.Module):
    """Log probabilities of K bins for each question, (N, K), trained by maximum likelihood.

    The user's rhythm is a sum of Fejer kernels around the events of the window (never negative,
    mean 1), taken where each bin would end: by the waves' addition theorem one matrix product for
    all bins.
    """

    def __init__(self, d_model: int, size: int) -> None:
        super().__init__()
        self.size = size
        self.prior: Tensor
        self.day: Tensor
        self.week: Tensor
        self.register_buffer("prior", torch.zeros(size))
        self.register_buffer("day", torch.zeros(2 * len(DAY_WAVES), size))
        self.register_buffer("week", torch.zeros(2 * len(WEEK_WAVES), size))
        self.from_state = nn.Linear(d_model, size)
        self.trust = nn.Parameter(torch.full((3, size), 0.5))
        nn.init.zeros_(self.from_state.weight)
        nn.init.zeros_(self.from_state.bias)

    def prepare(self, bins: GapBins, hours: np.ndarray) -> None:
        """Fix what is known before training: the shares of the observed gaps (hours), and where in
        day and week each bin ends after its beginning.
        """
        code = bins.codes(hours)
        counts = np.bincount(code[code >= 0], minlength=self.size) + 0.5
        self.prior.copy_(torch.from_numpy(np.log(counts / counts.sum())))
        self.day.copy_(_waves_of(bins, DAY_WAVES))
        self.week.copy_(_waves_of(bins, WEEK_WAVES))

    def forward(self, state: Tensor, batch: Batch, table: Tokens) -> Tensor:
        """From states (N, d) of the batch's questions."""
        allowed = batch.allowed.float()
        known = torch.stack(
            [
                self._own(allowed, batch, table),
                _rhythm(allowed, batch, table, DAY_WAVES, self.day),
                _rhythm(allowed, batch, table, WEEK_WAVES, self.week),
            ],
            dim=2,
        )
        counted = (known.flatten(0, 1) * self.trust).sum(1)
        return torch.log_softmax(self.prior + self.from_state(state) + counted, dim=-1)

    def _own(self, allowed: Tensor, batch: Batch, table: Tokens) -> Tensor:
        """Log of how much likelier each bin is among the window's own gaps, (B, Q, K)."""
        codes = table.gap_code[batch.key_rows[:, 1:]]
        counts = allowed @ F.one_hot(codes, self.size + 1)[..., : self.size].float()
        prior = self.prior.exp()
        total = counts.sum(-1, keepdim=True)
        return torch.log((counts + OWN_WEIGHT * prior) / ((total + OWN_WEIGHT) * prior))


def _rhythm(
    allowed: Tensor, batch: Batch, table: Tokens, waves: np.ndarray, ends: Tensor
) -> Tensor:
    """Log of how busy the user is, beside an even week, when each bin would end; (B, Q, K)."""
    order = (2 * math.pi / WEEK_HOURS) * torch.from_numpy(waves).double()
    there = (table.local[batch.key_rows[:, 1:]][..., None] * order).float()
    here = (table.local[batch.query_rows][..., None] * order).float()
    cosine, sine = allowed @ there.cos(), allowed @ there.sin()
    even = cosine * here.cos() + sine * here.sin()
    odd = sine * here.cos() - cosine * here.sin()
    count = allowed.sum(-1, keepdim=True)
    busy = count + torch.cat([even, odd], dim=-1) @ ends
    return torch.log((busy.clamp(min=0) + RHYTHM_WEIGHT) / (count + RHYTHM_WEIGHT))


def _waves_of(bins: GapBins, waves: np.ndarray) -> Tensor:
    """Fejer-weighted cosines and sines of each bin's hours, their mean over the bin, (2 W, K)."""
    edges = np.asarray(bins.edges)
    ends = np.append(edges[1:], edges[-1] + WEEK_HOURS)
    inside = (np.arange(POINTS) + 0.5) / POINTS
    hours = edges[:, None] + inside[None, :] * (ends - edges)[:, None]
    angle = (2 * np.pi / WEEK_HOURS) * waves[:, None, None] * hours[None]
    weight = 2 * (1 - np.arange(1, len(waves) + 1) / (len(waves) + 1))[:, None]
    parts = [weight * np.cos(angle).mean(axis=2), weight * np.sin(angle).mean(axis=2)]
    return torch.from_numpy(np.concatenate(parts).astype(np.float32))
