"""STL against a closed form, and strengths against their definition."""

from __future__ import annotations

import numpy as np
import pytest

from models_ml.patterns.temporal.decomposition import Decomposition, decompose, strengths

TIME = np.arange(24 * 90)


def test_parts_add_up_and_the_season_is_the_same_in_every_cycle():
    rng = np.random.default_rng(1)
    values = 3 + TIME / 500 + np.sin(TIME / 24 * 2 * np.pi) + rng.normal(0, 0.5, len(TIME))
    parts = decompose(values, 24)
    assert np.allclose(parts.trend + parts.season + parts.rest, values)
    cycles = parts.season.reshape(-1, 24)
    assert np.allclose(cycles, cycles[0], atol=1e-3)
    assert np.corrcoef(cycles[0], np.sin(np.arange(24) / 24 * 2 * np.pi))[0, 1] > 0.99


@pytest.mark.parametrize(("amplitude", "noise"), [(1.0, 0.5), (0.5, 1.0), (2.0, 0.1)])
def test_strength_of_a_sine_is_its_share_of_the_variance(amplitude, noise):
    rng = np.random.default_rng(2)
    values = amplitude * np.sin(TIME / 24 * 2 * np.pi) + rng.normal(0, noise, len(TIME))
    trend, season = strengths(decompose(values, 24), np.ones(len(TIME), bool))
    expected = amplitude**2 / 2 / (amplitude**2 / 2 + noise**2)
    assert season == pytest.approx(expected, abs=0.04)
    assert trend < 0.1


def test_strengths_follow_their_definition_on_observed_times():
    parts = Decomposition(np.array([1.0, 2, 3, 99]), np.zeros(4), np.array([0.5, -1, 0.5, 99]))
    observed = np.array([True, True, True, False])
    trend = 1 - np.var([0.5, -1, 0.5]) / np.var([1.5, 1, 3.5])
    assert strengths(parts, observed) == (pytest.approx(trend), 0.0)
    nothing = Decomposition(np.zeros(4), np.zeros(4), np.zeros(4))
    assert strengths(nothing, observed) == (0.0, 0.0)


def test_one_cycle_is_too_few():
    with pytest.raises(ValueError, match="two cycles of 24"):
        decompose(np.ones(47), 24)
