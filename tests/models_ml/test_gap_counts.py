"""Counted gaps: shares of what had ended before the question, and of nothing later."""

from __future__ import annotations

import numpy as np

from models_ml.data.corpus import Corpus, queries_for_rows, target_rows
from models_ml.data.gaps import GapBins, gap_hours
from models_ml.gap_counts import SHRINKAGE, GapCounts, gap_counters


def test_shares_are_counts_strictly_before(corpus: Corpus) -> None:
    bins = GapBins((0.0, 3.0, 6.0), 0.5)
    row = int(corpus.start[5]) + 30
    asked = queries_for_rows(corpus, np.array([row]))
    code = bins.codes(gap_hours(corpus))
    before = code[(corpus.at < corpus.at[row]) & (code >= 0)]
    everybody = (np.bincount(before, minlength=3) + 0.5) / (len(before) + 1.5)
    assert np.allclose(GapCounts(bins, False).time_to_next(corpus, asked).share, everybody)
    mine = np.bincount(code[row - 29 : row], minlength=3)
    wanted = (mine + SHRINKAGE * everybody) / (29 + SHRINKAGE)
    assert np.allclose(GapCounts(bins, True).time_to_next(corpus, asked).share, wanted)


def test_both_are_named_like_the_baselines(corpus: Corpus) -> None:
    found = gap_counters(corpus)
    assert set(found) == {"popularity", "visit_counter"}
    asked = queries_for_rows(corpus, target_rows(corpus, "test"))
    for one in found.values():
        assert np.allclose(one.time_to_next(corpus, asked).share.sum(axis=1), 1)
