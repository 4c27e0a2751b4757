"""Calibration: the temperature that was planted is found, and never reorders answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_ml.transformer.calibrate import place_share, temperature_for, tempered


@settings(deadline=None, max_examples=10)
@given(st.floats(0.4, 3.0), st.integers(0, 20))
def test_a_planted_temperature_is_found(planted: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (6_000, 4))
    shares = tempered(logits, planted)
    target = (rng.random((6_000, 1)) > np.cumsum(shares, axis=1)).sum(axis=1).clip(max=3)
    found = temperature_for(logits, target)
    assert found == pytest.approx(planted, rel=0.15)
    assert (tempered(logits, found).argmax(axis=1) == logits.argmax(axis=1)).all()


def test_nothing_to_choose_between_leaves_things_as_they_are() -> None:
    assert temperature_for(np.zeros((5, 1)), np.zeros(5, dtype=int)) == 1.0
    assert temperature_for(np.zeros((0, 3)), np.zeros(0, dtype=int)) == 1.0


def test_the_better_of_head_and_places_answers() -> None:
    good, bad = np.array([0.6, 0.5]), np.array([0.01, 0.02])
    assert place_share(good, bad) == 0.0 and place_share(bad, good) == 1.0
    assert place_share(np.array([0.9, 0.01]), np.array([0.01, 0.9])) == 0.5
    assert place_share(good, good) == 0.0
