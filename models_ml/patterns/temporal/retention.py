"""Who comes back: of the people first seen in a week, the share that is seen in a later one.

Belongs here: cohorts with their intervals, and which of them may be shown. Does not belong here:
what people do when they come back.

Source of the intervals: E. B. Wilson (1927), "Probable inference, the law of succession, and
statistical inference", JASA 22; as ``scipy.stats.binomtest(...).proportion_ci(method="wilson")``.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

NORMAL = float(stats.norm.ppf(0.975))


def retention(seen: pd.DataFrame, k: int) -> pd.DataFrame:
    """One row a cohort and later week.

    Args:
        seen: week and person, each pair once.
        k: a row needs as many who came back, and as many (or nobody) who did not.

    Returns:
        cohort and week (first days), returned and people (counts), value, low and high (of the
        share, 95%).
    """
    first = seen.groupby("person")["week"].transform("min")
    size = first[seen["week"] == first].value_counts()
    counted = (
        seen.assign(cohort=first)
        .query("week > cohort")
        .groupby(["cohort", "week"])
        .size()
        .rename("returned")
        .reset_index()
    )
    counted["people"] = counted["cohort"].map(size).astype("int64")
    away = counted["people"] - counted["returned"]
    shown = counted[(counted["returned"] >= k) & ((away >= k) | (away == 0))].reset_index(drop=True)
    low, high = wilson(shown["returned"].to_numpy(), shown["people"].to_numpy())
    return shown.assign(value=shown["returned"] / shown["people"], low=low, high=high)


def wilson(found: np.ndarray, of: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the 95% interval of each proportion ``found / of``."""
    share, square = found / of, NORMAL**2
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = NORMAL * np.sqrt(share * (1 - share) / of + square / (4 * of**2)) / (1 + square / of)
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)
