"""What is drawn is possible, and trial i is always the same one."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_ml import registry
from models_ml.search.spaces import Among, Between, settings_of, space_of
from tests.models_ml.search.conftest import CONFIG


@pytest.mark.parametrize("name", registry.configurable())
@settings(deadline=None, max_examples=30)
@given(number=st.integers(0, 2000), seed=st.integers(0, 5))
def test_whatever_is_drawn_is_possible_and_depends_on_seed_and_number_alone(
    name: str, number: int, seed: int
) -> None:
    space, base = space_of(name), registry.configured(name, CONFIG, {}).to_dict()
    drawn = settings_of(number, space, base, seed)
    assert drawn == settings_of(number, space, base, seed) and set(drawn) == set(space)
    chosen = registry.configured(name, CONFIG, json.loads(json.dumps(drawn)))
    for field, one in space.items():
        value = getattr(chosen, field)
        if number == 0:
            assert value == base[field]
        elif isinstance(one, Among):
            assert value in one.values
        else:
            assert one.low * 0.999 <= value <= one.high * 1.001


def test_a_logarithmic_draw_is_even_in_its_logarithm() -> None:
    rng = np.random.default_rng(0)
    drawn = np.array([Between(1e-4, 1e-2, is_log=True).draw(rng) for _ in range(2000)])
    assert 0.46 < (drawn < 1e-3).mean() < 0.54
    plain = np.array([Between(0.0, 1.0).draw(rng) for _ in range(2000)])
    assert 0.46 < (plain < 0.5).mean() < 0.54
