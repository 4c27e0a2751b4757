"""Cohorts come back as planted; small groups, also of those who stay away, are not shown."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from models_ml.patterns.temporal.retention import retention, wilson

WEEKS = pd.to_datetime(["2024-01-01", "2024-01-08", "2024-01-15"])


def seen(*returning: int) -> pd.DataFrame:
    """40 people in the first week, so many of them in each later one, and 20 new in the second."""
    rows = [{"week": WEEKS[0], "person": f"a{one}"} for one in range(40)]
    rows += [{"week": WEEKS[1], "person": f"b{one}"} for one in range(20)]
    for week, count in zip(WEEKS[1:], returning, strict=True):
        rows += [{"week": week, "person": f"a{one}"} for one in range(count)]
    return pd.DataFrame(rows)


def test_shares_are_of_the_cohort():
    found = retention(seen(30, 20), 10)
    assert found["cohort"].tolist() == [WEEKS[0]] * 2
    assert found["returned"].tolist() == [30, 20]
    assert found["value"].tolist() == [0.75, 0.5]
    assert (found["low"] < found["value"]).all() and (found["value"] < found["high"]).all()


@pytest.mark.parametrize("few", [9, 31, 39])
def test_few_who_came_or_few_who_did_not_are_not_shown(few):
    assert retention(seen(few, 20), 10)["returned"].tolist() == [20]


def test_all_of_them_may_be_shown():
    assert retention(seen(40, 20), 10)["value"].tolist() == [1.0, 0.5]
    assert len(retention(seen(40, 20).head(0), 10)) == 0


def test_intervals_are_wilsons():
    low, high = wilson(np.array([0, 7, 20]), np.array([10, 10, 20]))
    for index, (found, of) in enumerate([(0, 10), (7, 10), (20, 20)]):
        theirs = stats.binomtest(found, of).proportion_ci(method="wilson")
        assert (low[index], high[index]) == pytest.approx((theirs.low, theirs.high), abs=1e-12)
