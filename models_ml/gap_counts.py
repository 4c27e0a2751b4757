"""Counting forecasts of the time to the next event: everybody's gaps, and the user's own.

Here belongs what a learned forecast must beat; all counts are of gaps that ended strictly
before the question.  Bins and distributions are in `data.gaps`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models_ml.data.corpus import Corpus, Queries
from models_ml.data.gaps import GapBins, GapForecast, gap_hours
from models_ml.data.history import counts_before, own_events

# How many own gaps everybody's weigh as much as: few, for people differ.
SHRINKAGE = 5.0


@dataclass(frozen=True)
class GapCounts:
    """Shares of the bins by counting; with `own`, the user's gaps, shrunk to everybody's."""

    bins: GapBins
    own: bool

    @property
    def name(self) -> str:
        """The baselines' names for counting everybody's and one's own."""
        return "visit_counter" if self.own else "popularity"

    def time_to_next(self, corpus: Corpus, queries: Queries) -> GapForecast:
        """The distribution of the gap after each user's newest event."""
        codes = self.bins.codes(gap_hours(corpus))
        size = len(self.bins)
        everybody = counts_before(corpus, codes, queries.at, size) + 0.5
        share = everybody / everybody.sum(axis=1, keepdims=True)
        if self.own:
            pairs = own_events(corpus, queries, codes)
            key = pairs.query * size + codes[pairs.row]
            counts = np.bincount(key, minlength=share.size).reshape(share.shape)
            total = counts.sum(axis=1, keepdims=True)
            share = (counts + SHRINKAGE * share) / (total + SHRINKAGE)
        return GapForecast(self.bins, share)


def gap_counters(corpus: Corpus) -> dict[str, GapCounts]:
    """Both, by name, over bins of the train split."""
    bins = GapBins.of(gap_hours(corpus)[corpus.split == 0])
    return {one.name: one for one in (GapCounts(bins, own) for own in (False, True))}
