"""Ranks of all mixtures at once are those of each mixture alone, ties at their expected rank."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models_ml.ensemble import favouring_new, mixed
from models_ml.errors import ModelError
from models_ml.evaluation.mixed_ranks import mixed_ranks
from models_ml.evaluation.rank import expected_ranks

# Figures that floats hold exactly under every mixture, so that a tie is a tie.
WEIGHTS = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
NOVELTIES = (1.0, 1.5, 2.0, 3.0, 4.0)
SHAPE = st.tuples(st.integers(1, 6), st.integers(1, 12))


@st.composite
def cases(draw: st.DrawFn) -> tuple[np.ndarray, ...]:
    shape = draw(SHAPE)
    levels = st.sampled_from([0.0, 1 / 64, 2 / 64, 3 / 64, 4 / 64, 8 / 64])
    one, other = (draw(hnp.arrays(np.float64, shape, elements=levels)) for _ in range(2))
    target = draw(hnp.arrays(np.int64, shape[0], elements=st.integers(0, shape[1] - 1)))
    known = draw(hnp.arrays(bool, shape))
    return one, other, target, known


@settings(deadline=None, max_examples=300)
@given(cases())
def test_they_are_the_ranks_of_each_mixture(case: tuple[np.ndarray, ...]) -> None:
    one, other, target, known = case
    pairs = np.nonzero(known)
    found = mixed_ranks(one, other, target, pairs, WEIGHTS, NOVELTIES)
    for i, weight in enumerate(WEIGHTS):
        for k, novelty in enumerate(NOVELTIES):
            # Unscaled: where nothing has a score there is nothing to scale to 1.
            dense = np.where(known, 1.0, novelty) * mixed(one, other, weight)
            assert np.array_equal(found[:, i, k], expected_ranks(dense, target))


def test_of_probabilities_they_are_those_of_the_ensembles_scores() -> None:
    rng = np.random.default_rng(0)
    one, other = (rng.dirichlet(np.full(300, 0.1), size=80) for _ in range(2))
    target, known = rng.integers(0, 300, 80), rng.random((80, 300)) < 0.05
    target[::3] = [np.flatnonzero(row)[0] for row in known[::3]]
    weights, novelties = np.linspace(0, 1, 11), (1.0, 1.5, 2.5)
    pairs = np.nonzero(known)
    found = mixed_ranks(one, other, target, pairs, weights, novelties)
    for i, weight in enumerate(weights):
        for k, novelty in enumerate(novelties):
            scores = favouring_new(mixed(one, other, weight), *pairs, novelty)
            assert np.array_equal(found[:, i, k], expected_ranks(scores, target))


def test_a_score_that_is_not_finite_is_refused() -> None:
    fine, target, none = np.ones((2, 3)), np.zeros(2, dtype=int), np.zeros(0, dtype=int)
    for one, other in ((fine * np.nan, fine), (fine, fine * np.inf)):
        with pytest.raises(ModelError, match="not finite"):
            mixed_ranks(one, other, target, (none, none), WEIGHTS, NOVELTIES)
