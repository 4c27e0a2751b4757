"""Merged citations: an answer counts by its part in the place's score; heavier ones are first."""

from __future__ import annotations

import numpy as np
import pytest

from models_ml.citations import merged
from models_ml.scorer import Citation


def test_answers_count_by_what_they_gave_the_place() -> None:
    one = [[Citation(3, 0.6), Citation(1, 0.4, "successor")], []]
    other = [[Citation(3, 1.0)], [Citation(5, 1.0)]]
    found = merged([one, other], np.array([[0.3, 0.2], [0.1, 0.0]]))
    assert [(c.row, c.role) for c in found[0]] == [(3, "place"), (1, "successor")]
    assert [c.weight for c in found[0]] == pytest.approx([0.75 * 0.6 + 0.25, 0.75 * 0.4])
    # The only answer that cites anything gave the place nothing.
    assert [c.weight for c in found[1]] == [0.0]


def test_equal_weights_are_in_order_of_row_and_role() -> None:
    cited = [[Citation(1, 0.5), Citation(2, 0.25, "successor"), Citation(2, 0.25, "place")]]
    (found,) = merged([cited, cited], np.ones((2, 1)))
    assert [(c.row, c.role) for c in found] == [(1, "place"), (2, "place"), (2, "successor")]
