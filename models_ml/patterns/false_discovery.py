"""q-values: how many of the claims up to this one are expected to be chance.

Here belongs the control of false discoveries for every table of patterns.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats


def q_values(p_values: pd.Series) -> NDArray[Any]:
    """Benjamini-Hochberg q-values, as in ``scipy.stats.false_discovery_control``."""
    if not len(p_values):
        return np.zeros(0)
    return np.asarray(stats.false_discovery_control(p_values.to_numpy(dtype=float)))


def q_values_by_kind(p_values: pd.Series, kind: pd.Series) -> NDArray[Any]:
    """The larger of the q-values over the whole table and over each kind.

    So many true claims of one kind do not carry chance ones of another.
    """
    within = p_values.groupby(kind).transform(q_values)
    return np.maximum(q_values(p_values), within.to_numpy(dtype=float))
