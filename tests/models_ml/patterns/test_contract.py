"""A contract gives rows exactly its columns and types, also where there are none."""

from __future__ import annotations

import pandas as pd
import pytest

from models_ml.patterns.contract import Contract

SHOPS = Contract({"name": ("str", "Name."), "size": ("Int64", "Size."), "rate": ("float64", "R.")})


@pytest.mark.parametrize("rows", [[], pd.DataFrame(), [{"name": "a"}], [{"rate": 1, "other": 2}]])
def test_rows_get_the_columns_and_types(rows):
    table = SHOPS.table(rows)
    assert table.dtypes.astype(str).to_dict() == SHOPS.types
    assert tuple(table.columns) == SHOPS.names == tuple(SHOPS.descriptions)
    assert len(table) == len(rows)


def test_what_a_row_does_not_name_is_missing():
    (row,) = SHOPS.table([{"name": "a", "rate": 2}]).to_dict("records")
    assert (row["name"], row["rate"]) == ("a", 2.0)
    assert pd.isna(row["size"])
