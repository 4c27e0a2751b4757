"""The gate before publication: what breaks a rule of events holds the whole file back."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from stevo_dagster.errors import StevoError
from stevo_dagster.ingest.audit import audit_days
from stevo_dagster.ingest.settle import day_rows
from stevo_dagster.lake import day_partition, files, partitions, run_staging
from tests.stevo_dagster.ingest.kit import event, fates, rows

DAY = date(2024, 3, 1)


@pytest.fixture
def stage(settings, take):
    """Stage the published day again, as `sql` over `published` has it."""
    take([event(number * 3) for number in range(4)])
    (path,) = files(settings.lake, "events", [day_partition(DAY)])

    def staged(sql: str) -> None:
        target = settings.lake.staged_file("again", "events", day_partition(DAY))
        with duckdb.connect() as con:
            con.execute("set timezone = 'UTC'")
            con.execute(f"create view published as select * from '{path}'")
            con.execute(f"copy ({sql}) to '{target}' (format parquet)")

    with run_staging(settings.lake, "again"):
        yield staged


def audited(settings) -> str:
    """What became of the staged day, unless it was held back."""
    path = settings.lake.staged_file("again", "events", day_partition(DAY))
    before = path.read_bytes()
    audit_days(settings, "again", [DAY])
    return "let through as it was" if path.read_bytes() == before else "changed"


def test_what_ingest_stages_passes(settings, stage):
    stage("select * from published")
    assert audited(settings) == "let through as it was"


def test_a_day_without_rows_has_nothing_to_break(settings, stage):
    stage("select * from published where false")
    assert audited(settings) == "let through as it was"


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("from published union all select * from published", "source_event_id_unique"),
        ("replace (95.0 as latitude) from published", "latitude_in_range"),
        ("replace ('teleport' as event_type) from published", "event_type_known"),
        ("replace (timestamptz '1980-01-01 00:00:00Z' as event_at) from published", "event_at_in"),
        ("exclude (body_hash) from published", "columns_are_the_contract"),
    ],
)
def test_a_broken_rule_is_named_with_its_suite(settings, stage, change, rule):
    stage(f"select * {change}")
    with pytest.raises(StevoError, match=rule) as error:
        audit_days(settings, "again", [DAY])
    assert error.value.where == "suite events"


def test_a_file_that_breaks_a_rule_is_published_in_no_part(settings, take, monkeypatch):
    """Should settling ever let a line twice into a day, the gate holds all days of its file."""
    take([event(1)], name="first.jsonl")
    before = rows(settings, "events")

    def doubled(lake, day):
        once = day_rows(lake, day)
        return f"{once.removesuffix('order by event_at, event_key')} union all ({once})"

    monkeypatch.setattr("stevo_dagster.ingest.write.day_rows", doubled)
    with pytest.raises(StevoError, match="unique"):
        take([event(number) for number in range(20, 26)], name="second.jsonl")
    assert rows(settings, "events") == before
    assert len(partitions(settings.lake, "ingest_ledger")) == 1
    monkeypatch.undo()
    assert fates(take([event(number) for number in range(20, 26)], name="second.jsonl")) == {
        "accepted": 6
    }
