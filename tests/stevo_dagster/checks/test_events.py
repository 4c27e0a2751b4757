"""The suites at the door: every rule of the event contract and of the ledger is really checked."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from stevo_dagster.checks.events import EVENT_COLUMNS, events_suite, ledger_suite
from stevo_dagster.ingest.ledger import FATES
from stevo_dagster.warehouse.tables import tables as declared
from tests.stevo_dagster.checks import tables
from tests.stevo_dagster.checks.kit import Guarded, cases

GUARDED = {
    "events": Guarded(
        events_suite(),
        tables.EVENTS,
        {
            "event_at_in_range": ("event_at", "timestamptz '1970-01-01 00:00:00+00'", 1),
            "event_at_not_ahead": ("event_at", "received_at + interval 25 hours", 1),
            "day_is_the_utc_day": ("day", "date '2024-03-04'", 1),
            "place_is_whole": ("latitude", "null", 1),
            "item_id_only_missing_for_search": ("item_id", "null", 1),
        },
    ),
    "ingest_ledger": Guarded(
        ledger_suite(0.1),
        tables.LEDGER,
        {
            "lines_add_up": ("accepted", "79", 1),
            "quarantine_share_in_limit": ("quarantined", "11", 1),
        },
    ),
}


@pytest.mark.parametrize("key", list(GUARDED))
def test_good_rows_pass_every_expectation(key, tmp_path):
    GUARDED[key].assert_good_rows_pass(tmp_path)


@pytest.mark.parametrize(("key", "name"), cases(GUARDED))
def test_each_expectation_fails_on_bad_rows_and_says_what_it_saw(key, name, tmp_path):
    GUARDED[key].assert_fails_and_says_why(name, tmp_path)


def test_the_columns_are_those_that_the_warehouse_reads():
    assert set(EVENT_COLUMNS) == set(declared()["events"].columns)


def test_the_ledger_counts_the_fates_that_ingest_writes():
    (rule,) = (one for one in ledger_suite(0.5).expectations if one.name == "lines_add_up")
    assert f"lines is distinct from {' + '.join(FATES)}" in rule.arguments["unexpected_rows_query"]


def test_the_range_of_time_is_that_of_the_settings_and_its_end_is_out(tmp_path):
    narrow = events_suite(
        datetime(2024, 3, 5, 10, 1, tzinfo=UTC), datetime(2024, 3, 5, 10, 8, tzinfo=UTC)
    )
    found = Guarded(narrow, tables.EVENTS).run(tmp_path, tables.EVENTS)
    (ahead,) = (one for one in found if not one.success)
    assert ahead.name == "event_at_in_range"
    assert [row["event_id"] for row in ahead.sample] == ["e8"]


def test_a_small_share_of_quarantine_is_let_through_and_its_limit_is_told():
    suites = {share: ledger_suite(share).expectations[-1] for share in (0.05, 0.5)}
    assert "at most 5% of a file's lines" in suites[0.05].description
    assert "quarantined > 0.5 * lines" in suites[0.5].arguments["unexpected_rows_query"]
