"""Uplift: planted ones are found with intervals that hold them, chance ones as rarely as said."""

from __future__ import annotations

import numpy as np
import pytest

from models_ml.patterns.temporal.uplift import uplift

DAYS = 63
HOLIDAYS = np.isin(np.arange(DAYS), [4, 32, 49])


def noise(rng: np.random.Generator, memory: float = 0.0) -> np.ndarray:
    """Residuals of a tenth around 0, each day with a share of the day before."""
    made = rng.normal(0, 0.1, DAYS)
    for day in range(1, DAYS):
        made[day] += memory * made[day - 1]
    return made


def test_a_planted_uplift_is_found_and_the_interval_holds_it():
    rng = np.random.default_rng(0)
    found = [uplift(noise(rng) + np.log(1.6) * HOLIDAYS, HOLIDAYS) for _ in range(100)]
    assert all(one is not None and one.p_value < 0.01 for one in found)
    held = [one.low <= 0.6 <= one.high for one in found if one]
    assert np.mean(held) >= 0.9
    assert np.median([one.effect for one in found if one]) == pytest.approx(0.6, abs=0.03)


def test_one_great_day_elsewhere_does_not_hide_it():
    rest = noise(np.random.default_rng(1)) + np.log(1.6) * HOLIDAYS
    rest[50] += np.log(4)
    found = uplift(rest, HOLIDAYS)
    assert found is not None and found.p_value < 0.01


@pytest.mark.parametrize("memory", [0.0, 0.4])
def test_of_noise_one_in_twenty_is_claimed_at_most(memory):
    rng = np.random.default_rng(2)
    found = [uplift(noise(rng, memory), HOLIDAYS) for _ in range(300)]
    share = np.mean([one.p_value < 0.05 for one in found if one])
    # three standard errors of one in twenty
    assert share < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)


@pytest.mark.parametrize(
    ("rest", "chosen"),
    [
        (np.zeros(DAYS), HOLIDAYS),
        (noise(np.random.default_rng(0)), np.arange(DAYS) == 3),
        (noise(np.random.default_rng(0))[:20], HOLIDAYS[:20]),
        (np.full(DAYS, np.nan), HOLIDAYS),
    ],
)
def test_too_little_to_tell_is_told_as_nothing(rest, chosen):
    assert uplift(rest, chosen) is None
