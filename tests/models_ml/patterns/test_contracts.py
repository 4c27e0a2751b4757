"""Every column of every table of patterns has a type that pandas knows and a sentence."""

from __future__ import annotations

import pytest

from models_ml.patterns.contracts import CONTRACTS


@pytest.mark.parametrize("name", list(CONTRACTS))
def test_each_column_has_a_type_and_a_sentence(name):
    contract = CONTRACTS[name]
    assert contract.table([]).dtypes.astype(str).to_dict() == contract.types
    assert all(words.endswith(".") for words in contract.descriptions.values())
