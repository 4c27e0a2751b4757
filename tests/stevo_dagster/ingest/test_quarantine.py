"""Looking into quarantine, and replaying it after settings changed."""

from __future__ import annotations

import gzip

import pytest

from stevo_dagster.errors import StevoError
from stevo_dagster.ingest import ingest_path, quarantine
from stevo_dagster.ingest.replay import replay
from stevo_dagster.settings import load_settings
from tests.stevo_dagster.ingest.kit import as_bytes, event, fates, rows

OLD = [event(n, event_at=f"1985-01-{n:02d}T00:00:00Z") for n in range(1, 4)]


@pytest.fixture
def wide(settings, monkeypatch):
    """The home with a range of event_at that takes OLD."""
    monkeypatch.setenv("STEVO_EVENT_AT_MIN", "1980-01-01")
    return load_settings(settings.home)


def test_replay_takes_what_is_right_now_and_only_once(take, settings, wide) -> None:
    first = take([b"bad", *OLD, event(2, event_id="e1"), *(event(n) for n in range(10, 15))])
    assert fates(first) == {"accepted": 6, "quarantined": 4}
    (result,) = replay(wide, "replay-1")
    assert fates(result) == {"late_accepted": 2, "conflict": 1}
    assert result.ledger[0].lines == 3
    found = rows(settings, "quarantine", "select status, count(*) as n from quarantine group by 1")
    assert {row["status"]: row["n"] for row in found} == {"open": 1, "replayed": 3}
    assert replay(wide, "replay-2") == []
    assert len(rows(settings, "ingest_ledger")) == 2


def test_nothing_leaves_without_a_change(take, settings) -> None:
    take([b"bad", event(1)])
    assert replay(settings, "replay-1") == []
    assert len(rows(settings, "ingest_ledger")) == 1


def test_a_line_can_be_shown_and_its_bytes_read_back(settings, tmp_path) -> None:
    long = b'{"a": "' + bytes(range(97, 123)) * 50_000 + b'"}'
    path = tmp_path / "events.jsonl.gz"
    content = b"\xef\xbb\xbf" + as_bytes([event(1), long + b"\r", b"bad\xff", event(2)])
    path.write_bytes(gzip.compress(content))
    (file_id,) = ingest_path(settings, path, "events", "web", "run").file_ids
    found = {n: quarantine.line(settings, file_id, n) for n in (2, 3)}
    assert found[2]["raw"] is None
    for number, raw in ((2, long), (3, b"bad\xff")):
        row = found[number]
        assert b"".join(quarantine.raw_bytes(settings, row)) == raw
        assert content[row["byte_offset"] :][: row["byte_length"]] == raw
    with pytest.raises(StevoError, match="line 1 of file"):
        quarantine.line(settings, file_id, 1)
    with pytest.raises(StevoError, match="not in quarantine"):
        quarantine.line(settings, "x') OR 1=1 --", 1)


def test_counts_and_lines_by_file_and_reason(take, settings) -> None:
    (file_id,) = take(
        [b"bad", b"worse", event(1, latitude=95.0), *(event(n) for n in range(5))]
    ).file_ids
    found = quarantine.counts(settings, file_id, None)
    assert [(row["reason"], row["lines"]) for row in found] == [
        ("bad_json", 2),
        ("out_of_range", 1),
    ]
    assert [row["line_number"] for row in quarantine.lines(settings, None, "bad_json", 1)] == [1]
    with pytest.raises(StevoError, match="never ingested"):
        quarantine.counts(settings, "0" * 16, None)
