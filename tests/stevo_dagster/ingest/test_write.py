"""What was settled becomes days of `events` and a file's accounting, readable as it was written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stevo_dagster.code import source_hash
from stevo_dagster.errors import StevoError
from stevo_dagster.ingest import write
from stevo_dagster.ingest.landing import Landed, land
from stevo_dagster.ingest.ledger import LedgerRow
from stevo_dagster.ingest.parse import parse
from stevo_dagster.ingest.pseudonym import pseudonyms
from stevo_dagster.ingest.run import rules_of
from stevo_dagster.ingest.settle import Settled, open_settling, settle
from stevo_dagster.lake import day_partition, files, manifest, partitions, run_staging
from tests.stevo_dagster.ingest.kit import as_bytes, event, rows

RUN = "run-9"
TWO_DAYS = [date(2024, 3, 1), date(2024, 3, 2)]

Settle = Callable[..., tuple[duckdb.DuckDBPyConnection, Landed, Settled]]


@pytest.fixture
def settled(settings, tmp_path) -> Iterator[Settle]:
    """Land, read and settle lines within the staging of RUN; nothing is written yet."""
    opened = []

    def made(lines, source: str = "web"):
        path = tmp_path / "new.jsonl"
        path.write_bytes(as_bytes(lines))
        landed = land(settings, path, "events", source)
        parsed = parse(
            landed, tmp_path / "p", rules_of(settings, landed), pseudonyms(settings), frozenset()
        )
        opened.append(open_settling(settings, tmp_path / "spill"))
        return opened[-1], landed, settle(opened[-1], settings, landed, parsed.candidates)

    with run_staging(settings.lake, RUN):
        yield made
    for con in opened:
        con.close()


def ids(settings, day: date) -> list[str]:
    """Published event ids of a day, in the file's order."""
    (path,) = files(settings.lake, "events", [day_partition(day)])
    return pq.ParquetFile(path).read(["event_id"])["event_id"].to_pylist()


def test_staged_days_are_seen_once_they_are_published(settled, settings) -> None:
    con, landed, found = settled([event(1), event(3), event(4)])
    staged = write.stage_days(con, settings.lake, RUN, found.days)
    assert partitions(settings.lake, "events") == []
    write.publish_days(settings.lake, RUN, staged)
    assert partitions(settings.lake, "events") == [day_partition(day) for day in TWO_DAYS]
    described = manifest(settings.lake, "events", day_partition(TWO_DAYS[0]))
    assert described is not None and described.run_id == RUN
    assert described.code_hash == source_hash(write.CODE)
    assert described.inputs == {f"landing/{landed.file_id}": landed.file_id}


def test_a_day_keeps_the_rows_of_others_and_other_days_keep_their_version(
    take, settled, settings
) -> None:
    take([event(1), event(3), event(0)])
    old = [manifest(settings.lake, "events", day_partition(day)) for day in TWO_DAYS]
    con, _, found = settled([event(6), event(0)], source="other")
    assert found.days == TWO_DAYS[:1]
    staged = write.stage_days(con, settings.lake, RUN, found.days)
    write.publish_days(settings.lake, RUN, staged)
    new = [manifest(settings.lake, "events", day_partition(day)) for day in TWO_DAYS]
    assert ids(settings, TWO_DAYS[0]) == ["e0", "e0", "e3", "e6"]
    assert old[0] != new[0] and old[1] == new[1]
    assert new[0] is not None and len(new[0].inputs) == 2, "a file of each source"


def test_a_day_that_cannot_be_published_is_told(settled, settings) -> None:
    con, _, found = settled([event(1), event(3)])
    write.stage_days(con, settings.lake, RUN, found.days[1:])
    with pytest.raises(StevoError, match="day=2024-03-01"):
        write.publish_days(settings.lake, RUN, {day: [] for day in found.days})


def test_conflicts_are_kept_with_their_bytes_and_the_id_they_claim(settled) -> None:
    lines = [event(1), event(1, category="other"), event(1), event(2), event(2, amount=1.0)]
    con, landed, _ = settled(lines)
    found = write.conflict_rows(con, landed, RUN)
    assert found.schema == write.QUARANTINE
    told = [(row["line_number"], row["message"]) for row in found.to_pylist()]
    assert told == [
        (2, "event_id 'e1' is known with another body"),
        (5, "event_id 'e2' is known with another body"),
    ]
    content = as_bytes(lines)
    for row in found.to_pylist():
        assert row["raw"] + b"\n" == as_bytes([lines[row["line_number"] - 1]])
        assert content[row["byte_offset"] :][: row["byte_length"]] == row["raw"]
        assert (row["reason"], row["field"], row["status"]) == ("conflict", "event_id", "open")
        assert (row["file_id"], row["run_id"]) == (landed.file_id, RUN)


def test_without_conflicts_there_is_an_empty_table(settled) -> None:
    con, landed, _ = settled([event(1), event(1)])
    assert write.conflict_rows(con, landed, RUN).equals(write.QUARANTINE.empty_table())


def test_quarantine_says_whose_line_it_is_and_since_when(take, settings) -> None:
    before = datetime.now(UTC)
    (file_id,) = take([event(1), b"bad\xff", event(2)], source="a-source").file_ids
    found = write.accounting(settings.lake, "quarantine", file_id)
    assert found is not None
    assert found.column_names == write.QUARANTINE.names
    (row,) = found.to_pylist()
    assert before <= row["quarantined_at"] <= datetime.now(UTC)
    assert (row["file_id"], row["run_id"]) == (file_id, "run-0")
    assert (row["source"], row["format"], row["status"]) == ("a-source", "events", "open")
    assert (row["line_number"], row["raw"]) == (2, b"bad\xff")


def quarantine(numbers: list[int]) -> pa.Table:
    """Quarantine rows of some lines, of which those above 50 were replayed before."""
    place = {"byte_offset": 0, "byte_length": 3, "reason": "bad_json", "raw": b"bad"}
    told: list[dict[str, Any]] = [
        {
            **place,
            "line_number": number,
            "status": "replayed" if number > 50 else "open",
            "run_id": "earlier" if number > 50 else "first",
            "message": f"line {number}",
        }
        for number in numbers
    ]
    return pa.Table.from_pylist(told, schema=write.QUARANTINE)


@given(st.data(), st.lists(st.integers(1, 99), unique=True, max_size=12).map(sorted))
def test_lines_that_left_are_marked_and_all_others_stay_as_they_were(data, numbers) -> None:
    left = data.draw(st.sets(st.sampled_from(numbers)) if numbers else st.just(set()))
    old = quarantine(numbers)
    found = write.replayed_quarantine(old, left, "now")
    assert found.schema == write.QUARANTINE
    marked = {"status": "replayed", "run_id": "now"}
    assert found.to_pylist() == [
        {**row, **(marked if row["line_number"] in left else {})} for row in old.to_pylist()
    ]


def test_accounting_reads_back_what_was_published_of_one_file(settings) -> None:
    counts = dict.fromkeys(("late_accepted", "duplicate", "conflict", "suppressed"), 0)
    received = datetime(2024, 3, 5, tzinfo=UTC)
    ledgers = [
        [
            LedgerRow(f"{file}" * 16, "web", "events", run, received, 2, 1, quarantined=1, **counts)
            for run in ("first", "second")
        ]
        for file in "ab"
    ]
    for ledger, number in zip(ledgers, (1, 2), strict=True):
        with run_staging(settings.lake, RUN):
            kept = quarantine([number])
            write.publish_accounting(
                settings.lake, RUN, ledger[0].file_id, kept, write.QUARANTINE.empty_table(), ledger
            )
    for ledger, number in zip(ledgers, (1, 2), strict=True):
        read = {
            name: write.accounting(settings.lake, name, ledger[0].file_id)
            for name in ("quarantine", "conflicts", "ingest_ledger")
        }
        found = {name: table.to_pylist() for name, table in read.items() if table is not None}
        assert found["quarantine"] == quarantine([number]).to_pylist()
        assert found["conflicts"] == []
        assert found["ingest_ledger"] == [asdict(row) for row in ledger]
    assert len(rows(settings, "ingest_ledger")) == 4


def test_a_file_that_was_never_ingested_has_no_accounting(take, settings) -> None:
    assert write.accounting(settings.lake, "quarantine", "0" * 16) is None
    take([event(1)])
    assert write.accounting(settings.lake, "quarantine", "0" * 16) is None
