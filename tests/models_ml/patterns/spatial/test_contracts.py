"""Every column has a type and is described."""

from __future__ import annotations

from models_ml.patterns.spatial.contracts import HOT_SPOT_COLUMNS, HOT_SPOT_TYPES


def test_each_column_has_a_type_and_a_sentence():
    assert list(HOT_SPOT_COLUMNS) == list(HOT_SPOT_TYPES)
    assert all(words.endswith(".") for words in HOT_SPOT_COLUMNS.values())
