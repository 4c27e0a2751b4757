"""Checks over all published events and their ledger, run by their job through Dagster."""

from __future__ import annotations

from datetime import date, timedelta

import pyarrow as pa
import pytest

from stevo_dagster.chain import ingest_waiting
from stevo_dagster.definitions import build_defs
from stevo_dagster.defs.ingest.checks import JOB
from stevo_dagster.ingest.ledger import FATES, SCHEMA
from stevo_dagster.lake import run_staging, write_table
from stevo_dagster.runner import RunFailed, Runner
from tests.stevo_dagster.ingest.kit import as_bytes, event

FILE = "0123456789abcdef"


@pytest.fixture
def bare(settings, instance) -> Runner:
    """A runner of a home without events."""
    return Runner(settings, instance, lambda phase, text: None)


def _ledger(settings, **changes) -> None:
    counts = {"lines": 10, **dict.fromkeys(FATES, 0), "accepted": 10, **changes}
    texts = dict.fromkeys(("file_id", "source", "format", "run_id"), FILE)
    row = pa.Table.from_pylist([{**texts, **counts}], schema=SCHEMA)
    with run_staging(settings.lake, "seed"):
        write_table(settings.lake, "seed", "ingest_ledger", f"file={FILE}", row, code_hash="test")


def test_nothing_published_is_nothing_wrong(bare):
    assert bare.check(JOB) == []


def test_a_bad_event_is_told_and_stops_nothing(runner):
    assert runner.check(JOB) == ["events: gx_events_event_type_known"]


def test_events_of_two_days_with_one_id_are_found(settings, bare, publish_day):
    """The gate of a file sees its days alone; these see all."""
    from stevo_dagster.lake import connect, day_partition

    first, second = date(2024, 10, 10), date(2024, 10, 11)
    publish_day(first)
    publish_day(second)
    assert bare.check(JOB) == []
    with connect(settings.lake, ["events"]) as con:
        con.execute("set timezone = 'UTC'")
        moved = con.execute(
            "select * replace (day + 1 as day, event_at + interval 1 day as event_at,"
            f" received_at + interval 1 day as received_at) from events where day = '{first}'"
        ).to_arrow_table()
    with run_staging(settings.lake, "again"):
        write_table(
            settings.lake, "again", "events", day_partition(second), moved, code_hash="test"
        )
    assert bare.check(JOB) == ["events: gx_events_source_event_id_unique"]


def test_a_ledger_that_does_not_add_up_stops_the_chain(settings, bare):
    _ledger(settings)
    assert bare.check(JOB) == []
    _ledger(settings, accepted=9)
    with pytest.raises(RunFailed, match="gx_ingest_ledger_lines_add_up of ingest_ledger failed"):
        bare.check(JOB)


def test_a_tampered_row_of_the_ledger_is_shown_with_its_counts(settings, instance):
    _ledger(settings, duplicate=1)
    job = build_defs({"settings": settings}).resolve_job_def(JOB)
    done = job.execute_in_process(instance=instance, raise_on_error=False)
    (failed,) = (one for one in done.get_asset_check_evaluations() if not one.passed)
    (row,) = failed.metadata["sample"].value
    counts = {"lines": 10, **dict.fromkeys(FATES, 0), "accepted": 10, "duplicate": 1}
    assert row == {"file_id": FILE, "run_id": FILE, **counts}
    assert not done.success and failed.blocking


def test_the_chain_checks_events_once_after_they_came(settings, instance, publish_day):
    said: list[tuple[str, str]] = []
    publish_day(date(2024, 10, 10))
    chain = Runner(settings, instance, lambda phase, text: None)
    for _ in range(2):
        ingest_waiting(settings, chain, lambda phase, text: said.append((phase, text)))
    assert said == [("checks", "of the events and their ledger")]
    publish_day(date(2024, 10, 10) + timedelta(days=1), event_type="teleport")
    ingest_waiting(settings, chain, lambda phase, text: said.append((phase, text)))
    assert said[1:] == [
        ("checks", "of the events and their ledger"),
        ("", "failed: events: gx_events_event_type_known"),
    ]


def test_the_inboxs_run_checks_what_it_published(settings, instance):
    """The sensor's own run: files are ingested first, then all events and the ledger checked."""
    waiting = settings.inbox / "events" / "a.jsonl"
    waiting.parent.mkdir(parents=True)
    waiting.write_bytes(as_bytes(event(number) for number in range(5)))
    defs = build_defs({"settings": settings})
    (target,) = defs.resolve_sensor_def("inbox").targets
    result = defs.resolve_job_def(target.job_name).execute_in_process(instance=instance)
    found = {one.check_name: one for one in result.get_asset_check_evaluations()}
    assert result.success
    assert {"gx_events_has_rows", "gx_ingest_ledger_lines_add_up"} <= found.keys()
    assert all(one.passed for one in found.values())
    assert found["gx_events_has_rows"].metadata["rows looked at"].value == 5
