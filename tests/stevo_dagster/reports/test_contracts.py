"""Contracts of activity: every column has a type and is described."""

from __future__ import annotations

import pytest

from stevo_dagster.reports.contracts import ACTIVITY_COLUMNS, ACTIVITY_TYPES


@pytest.mark.parametrize("table", list(ACTIVITY_TYPES))
def test_every_column_is_described(table):
    assert list(ACTIVITY_COLUMNS[table]) == list(ACTIVITY_TYPES[table])
    assert all(words.endswith(".") for words in ACTIVITY_COLUMNS[table].values())


def test_tables_are_the_same():
    assert set(ACTIVITY_COLUMNS) == set(ACTIVITY_TYPES)
