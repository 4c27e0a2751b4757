"""How finely counts are cut: fine times first, then fine places, and coarser for few people."""

from __future__ import annotations

import pytest

from models_ml.patterns.spatial.grid import MIN_BINS, Grid, candidates, choose


@pytest.mark.parametrize(
    ("days", "bins"),
    [
        (0, []),
        (9, []),
        (10, [(1, 10)]),
        (69, [(1, 69)]),
        (70, [(1, 70), (7, 10)]),
        (182, [(1, 182), (7, 26)]),
        (183, [(7, 26)]),
        (3660, [(7, 522)]),
    ],
)
def test_bins_are_days_while_those_are_not_too_many(days, bins):
    found = candidates(days)
    assert list(dict.fromkeys((one.bin_days, one.bins) for one in found)) == bins
    assert all(one.bins >= MIN_BINS and one.bins * one.bin_days <= days for one in found)
    assert [one.resolution for one in found] == [8, 7] * len(bins)


def test_the_finest_that_keeps_half_is_chosen_else_the_one_that_keeps_most():
    a, b, c = Grid(8, 1, 70), Grid(7, 1, 70), Grid(8, 7, 10)
    assert choose([(a, 0.5), (b, 0.9)]) == a
    assert choose([(a, 0.4), (b, 0.6), (c, 0.9)]) == b
    assert choose([(a, 0.1), (b, 0.3), (c, 0.2)]) == b
    assert choose([(a, 0.0)]) is choose([]) is None


def test_a_week_has_seven_bins_only_where_bins_are_days():
    assert Grid(8, 1, 70).period == 7
    assert Grid(8, 7, 10).period == 1
