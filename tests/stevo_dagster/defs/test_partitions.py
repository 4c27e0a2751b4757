"""Partitions begin with the data and, for a historical set, end with it."""

from __future__ import annotations

from datetime import date

import pytest

from stevo_dagster.defs.partitions import FIRST_DAY, daily_partitions
from stevo_dagster.home import Home


def test_before_the_first_load_there_is_one_sensible_day():
    assert daily_partitions(None).get_partition_keys() == [FIRST_DAY.isoformat()]


def test_a_historical_data_set_has_its_own_days_alone():
    home = Home(first_day="2012-04-03", last_day="2012-04-05")
    keys = daily_partitions(home, today=date(2026, 1, 1)).get_partition_keys()
    assert keys == ["2012-04-03", "2012-04-04", "2012-04-05"]


@pytest.mark.parametrize(
    ("today", "is_open"), [(date(2024, 3, 20), True), (date(2024, 5, 1), False)]
)
def test_a_living_data_set_has_no_end(today, is_open):
    home = Home(first_day="2024-03-01", last_day="2024-03-10")
    assert (daily_partitions(home, today=today).end is None) == is_open
