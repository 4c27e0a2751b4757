"""Tables in space say how many people stand behind a row."""

from __future__ import annotations

import pytest

from models_ml.patterns.spatial import contracts


@pytest.mark.parametrize("contract", [contracts.HOT_SPOTS, contracts.FLOWS, contracts.CLUSTERS])
def test_people_are_counted(contract):
    assert contract.types["n_people"] == "int64"
