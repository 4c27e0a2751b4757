"""Looking into quarantine: how many lines for which reason, and one line's bytes."""

from __future__ import annotations

import gzip

import pytest

from stevo_dagster.errors import StevoError
from stevo_dagster.ingest import ingest_path, quarantine
from tests.stevo_dagster.ingest.kit import as_bytes, event


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
