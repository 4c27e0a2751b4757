"""Tiles cover all questions once, and bound the scores that are held."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models_ml.data.tiles import LEAST, QUESTIONS, SCORES, tiles
from models_ml.transformer.pointer import ROWS


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 3_000), st.integers(0, 2_000_000))
def test_they_cover_in_order_and_are_bounded(questions: int, places: int) -> None:
    found = list(tiles(questions, places))
    rows = np.concatenate([np.arange(questions)[one] for one in found] or [np.arange(0)])
    assert np.array_equal(rows, np.arange(questions))
    for one in found:
        assert one.stop - one.start <= QUESTIONS
        assert (one.stop - one.start) * places <= max(SCORES, LEAST * places)


def test_all_but_the_last_are_whole_batches_of_the_network() -> None:
    for places in (10, 5_000, 40_000, 100_000, 10_000_000):
        assert all((one.stop - one.start) % ROWS == 0 for one in list(tiles(1_000, places))[:-1])
