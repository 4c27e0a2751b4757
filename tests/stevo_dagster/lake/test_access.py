"""What may be read freely is listed; everything else is restricted, new tables too."""

from __future__ import annotations

import pytest

from stevo_dagster.defs.release.contents import RELEASE_TABLES
from stevo_dagster.derived import DERIVED
from stevo_dagster.lake.access import SHARED_TABLES, is_restricted
from stevo_dagster.warehouse.tables import tables

PERSONAL = ("user_id", "latitude", "longitude", "raw")


def test_a_table_nobody_listed_is_restricted():
    assert is_restricted("a_table_made_tomorrow")


@pytest.mark.parametrize("table", sorted(SHARED_TABLES))
def test_what_is_shared_exists_and_names_no_person_and_no_point(table):
    declared = tables().get(table)
    assert declared is not None or table in DERIVED
    assert declared is None or not set(declared.columns) & set(PERSONAL)
    assert not is_restricted(table)


@pytest.mark.parametrize(
    "table",
    ["events", "fct_events", "int_moves", "int_sessions", "dim_users", "sequences", "quarantine"]
    + [name for name in RELEASE_TABLES if name not in SHARED_TABLES],
)
def test_rows_per_person_are_restricted(table):
    assert is_restricted(table)
