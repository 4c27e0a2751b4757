"""The benchmark of kill points, small: one table, and every fifth call."""

from __future__ import annotations

import shutil

import pytest

from benchmarks import kill_points


def test_a_table_is_old_or_new_and_nothing_else():
    old, new = {"a": "1", "b": "1"}, {"a": "2", "b": "1"}
    assert kill_points.judge({"a": "1", "b": "1"}, old, new) == []
    assert kill_points.judge({"a": "2", "b": "1"}, old, new) == []
    assert kill_points.judge({"a": "3", "b": "1"}, old, new) == ["a"]
    assert kill_points.judge({"a": "1"}, old, new) == ["b"], "a table that is gone is neither"


def test_a_counter_is_shared_by_its_file(tmp_path):
    counter = kill_points.Counter(tmp_path / "counter")
    counter.set(7)
    assert kill_points.Counter(tmp_path / "counter").left() == 7


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler here")
def test_kills_leave_the_old_day_or_the_new_one(told):
    found = told(
        kill_points.main,
        *("--people", "2", "--select", "fct_cleaning_ledger", "--every", "5", "--whole", "0"),
    )
    assert found["passed"] and found["wrong"] == [], found
    assert found["points"] >= 4 and found["whole"] == 0
