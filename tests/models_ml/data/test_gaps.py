"""Gaps: a forecast is a proper density, whose quantiles are its own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_ml.data.corpus import Corpus, queries_for_rows
from models_ml.data.gaps import GapBins, GapForecast, gap_hours, log_minutes, waited


def forecast(seed: int, spread: float) -> GapForecast:
    rng = np.random.default_rng(seed)
    bins = GapBins.of(np.exp(rng.normal(0.5, spread, 500)))
    share = rng.random((3, len(bins))) ** 2 + 1e-3
    return GapForecast(bins, share / share.sum(axis=1, keepdims=True))


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 99), st.floats(0.3, 2.5))
def test_density_and_quantiles_agree(seed: int, spread: float) -> None:
    """The density, summed up to a quantile, is the quantile's level."""
    made = forecast(seed, spread)
    levels = np.array([0.05, 0.5, 0.8, 0.97])
    ends = made.quantiles(levels)
    assert (np.diff(ends, axis=1) > 0).all() and (ends > 0).all()
    for row in range(3):
        for level, end in zip(levels, ends[row], strict=True):
            inner = log_minutes(np.array(made.bins.edges))
            top = log_minutes(end)
            u = np.unique(np.concatenate([inner[inner < top], np.linspace(0, top, 4_001)]))
            hours = np.expm1((u[1:] + u[:-1]) / 2) / 60
            one = GapForecast(made.bins, np.repeat(made.share[row : row + 1], len(hours), axis=0))
            density = np.exp(one.log_density(hours)) * (1 + 60 * hours) / 60
            assert (density * np.diff(u)).sum() == pytest.approx(level, abs=2e-3)


def test_codes_are_the_bins_that_hold_the_gaps() -> None:
    bins = GapBins((0.0, 1.0, 2.0), 0.5)
    hours = np.array([0.0, 0.5, 1.0, 1.99, 2.0, 900.0, np.nan])
    assert bins.codes(hours).tolist() == [-1, 0, 1, 1, 2, 2, -1]


def test_no_gap_at_all_still_makes_a_distribution() -> None:
    bins = GapBins.of(np.array([np.nan, 0.0]))
    made = GapForecast(bins, np.ones((1, 1)))
    assert np.isfinite(made.quantiles(np.array([0.1, 0.9]))).all()


def test_gaps_are_those_of_the_same_user(corpus: Corpus) -> None:
    hours = gap_hours(corpus)
    assert np.isnan(hours[corpus.start[:-1]]).all()
    row = int(corpus.start[2]) + 4
    assert hours[row] == pytest.approx((corpus.at[row] - corpus.at[row - 1]) / 3.6e9)
    rows = np.array([row, int(corpus.start[2])])
    found = waited(corpus, queries_for_rows(corpus, rows))
    assert found[0] == hours[row] and np.isnan(found[1])
