"""The models' input: order, ranges and drift of the sequences are really checked."""

from __future__ import annotations

import pytest

from stevo_dagster.checks.sequences import sequences_suite
from tests.stevo_dagster.checks import tables
from tests.stevo_dagster.checks.kit import Guarded, cases

GUARDED = {
    "sequences": Guarded(
        sequences_suite(),
        tables.SEQUENCES,
        {
            "positions_whole": ("position", "1000", 1),
            "positions_follow_time": ("position", "503 - position", 504),
            "splits_follow_time": ("split", "'test'", 1),
            "item_id_only_missing_for_search": ("item_id", "null", 1),
        },
    )
}


def test_good_rows_pass_every_expectation(tmp_path):
    GUARDED["sequences"].assert_good_rows_pass(tmp_path)


@pytest.mark.parametrize(("key", "name"), cases(GUARDED))
def test_each_expectation_fails_on_bad_rows_and_says_what_it_saw(key, name, tmp_path):
    GUARDED[key].assert_fails_and_says_why(name, tmp_path)


@pytest.mark.parametrize(
    ("earlier", "failed"), [(2, []), (3, ["positions_follow_time", "splits_follow_time"])]
)
def test_splits_may_share_a_moment_but_not_overlap(earlier, failed, tmp_path):
    moved = (
        f"select * replace (case when position = 400 then event_at - interval {earlier} hours"
        f" else event_at end as event_at) from ({tables.SEQUENCES})"
    )
    found = GUARDED["sequences"].run(tmp_path, moved)
    assert [one.name for one in found if not one.success] == failed


def test_a_search_may_have_no_item(tmp_path):
    searches = (
        f"select * replace ('search' as event_type, null::varchar as item_id)"
        f" from ({tables.SEQUENCES})"
    )
    found = GUARDED["sequences"].run(tmp_path, searches)
    assert [one.name for one in found if not one.success] == []


def test_what_stops_training_and_what_only_warns():
    severities = {one.name: one.severity for one in sequences_suite().expectations}
    warnings = {name for name, severity in severities.items() if severity == "warning"}
    assert warnings == {"split_complete", "volume_steady"}
