"""Policies: what may be shown, and in which slots."""

from __future__ import annotations

import numpy as np
import pytest

from models_ml.errors import ModelError
from models_ml.recommendation.policy import (
    ANY,
    KNOWN_ONLY,
    MIXED,
    NEW_ONLY,
    allowed,
    check_policy,
    new_slots,
)


def test_what_each_policy_allows() -> None:
    known = np.array([True, False])
    assert allowed(NEW_ONLY, known).tolist() == [False, True]
    assert allowed(KNOWN_ONLY, known).tolist() == [True, False]
    assert allowed(ANY, known).all() and allowed(MIXED, known).all()


def test_every_second_slot_is_new_under_mixed_alone() -> None:
    slots = new_slots(MIXED, 5)
    assert slots is not None and slots.tolist() == [False, True, False, True, False]
    assert all(new_slots(policy, 5) is None for policy in (NEW_ONLY, KNOWN_ONLY, ANY))


def test_an_unknown_policy_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ModelError, match="'often'") as caught:
        check_policy("often")
    assert "new_only" in str(caught.value)
