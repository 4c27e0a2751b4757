"""q-values by hand, and kinds that do not carry one another."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models_ml.patterns.false_discovery import q_values, q_values_by_kind


def test_q_values_by_hand():
    # Benjamini and Hochberg (1995): p_(i) m / i, then the least from the top down
    found = q_values(pd.Series([0.01, 0.04, 0.03, 0.5]))
    assert np.allclose(found, [0.04, 0.16 / 3, 0.16 / 3, 0.5])
    assert q_values(pd.Series(dtype=float)).shape == (0,)


def test_many_true_claims_of_one_kind_do_not_carry_another():
    p_values = pd.Series([1e-6] * 98 + [0.04, 0.9])
    kind = pd.Series(["day"] * 98 + ["week"] * 2)
    assert q_values(p_values)[98] < 0.05
    assert q_values_by_kind(p_values, kind)[98] == 0.08
