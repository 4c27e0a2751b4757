"""What a run saw is what is recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from stevo_dagster.errors import StevoError
from stevo_dagster.warehouse.inputs import Snapshot, read_snapshot, write_snapshot

SEEN = Snapshot(
    {
        "events": {"day=2024-03-01": "a", "day=2024-03-10": "b", "day=2024-03-11": "c"},
        "fct_events": {"day=2024-03-10": "d"},
    },
    {"settings/country": "US"},
)


def test_a_day_has_the_input_days_that_were_there() -> None:
    assert SEEN.inputs("agg_item_days", "day=2024-03-10", ["int_events_clean"]) == {
        "events/day=2024-03-10": "b",
        "settings/country": "US",
    }


def test_an_undated_table_has_all_of_its_parents() -> None:
    assert SEEN.inputs("dim_users", "all", ["fct_events"]) == {
        "fct_events/day=2024-03-10": "d",
        "settings/country": "US",
    }


def test_a_snapshot_survives_its_file(tmp_path: Path) -> None:
    write_snapshot(tmp_path / "run", SEEN)
    assert read_snapshot(tmp_path / "run") == SEEN


def test_a_swept_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(StevoError, match="no record of its inputs"):
        read_snapshot(tmp_path / "gone")
