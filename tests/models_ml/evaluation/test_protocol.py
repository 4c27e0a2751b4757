"""The protocol's settings refuse what makes no sense."""

from __future__ import annotations

import pytest

from models_ml.errors import ModelError
from models_ml.evaluation.protocol import Protocol


@pytest.mark.parametrize(
    "values",
    [{"users": 0}, {"moments": 0}, {"horizon_days": 0}, {"horizon_days": float("nan")}],
)
def test_counts_and_days_out_of_range_are_refused(values: dict) -> None:
    with pytest.raises(ModelError, match="at least 1"):
        Protocol(**values)


def test_an_unknown_policy_is_refused() -> None:
    with pytest.raises(ModelError, match="no policy"):
        Protocol(policy="always")
