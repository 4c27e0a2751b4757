"""Names become paths, so only names of the allow-list do."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stevo_dagster.errors import StevoError
from stevo_dagster.lake import Lake, day_of, day_partition


@given(st.dates())
def test_a_day_survives_its_partition_name(day: date) -> None:
    assert day_of(day_partition(day)) == day


@pytest.mark.parametrize(
    ("table", "partition"),
    [
        ("../etc", "all"),
        ("events'; drop table x; --", "all"),
        ("events\0", "all"),
        ("events", "../all"),
        ("events", "day=2024-02-30"),
        ("events", "day=2024-01-01/../../x"),
        ("", "all"),
    ],
)
def test_hostile_names_are_refused(lake: Lake, table: str, partition: str) -> None:
    with pytest.raises(StevoError):
        lake.link(table, partition)


def test_hostile_run_ids_are_refused(lake: Lake) -> None:
    with pytest.raises(StevoError, match="run id"):
        lake.staging("../../tmp")
