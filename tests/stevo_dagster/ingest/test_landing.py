"""Originals are kept privately by their hash, and a file is the same file under any name."""

from __future__ import annotations

import gzip
import hashlib

import pytest

from stevo_dagster.errors import StevoError
from stevo_dagster.ingest import ingest_inbox, ingest_path
from stevo_dagster.ingest.landing import land
from stevo_dagster.sources.base.faults import FileProblem
from tests.stevo_dagster.ingest.kit import as_bytes, event, rows


def test_the_original_is_kept_and_its_first_landing_remembered(settings, tmp_path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(as_bytes([event(1)]))
    first = land(settings, path, "events", "web")
    kept = first.files["file"]
    assert kept.read_bytes() == path.read_bytes()
    assert kept.name == hashlib.sha256(path.read_bytes()).hexdigest()
    assert first.file_id == kept.name[:16]
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == 0o700
    again = land(settings, path.rename(tmp_path / "b.jsonl"), "events", "web")
    assert (again.file_id, again.received_at, again.name) == (
        first.file_id,
        first.received_at,
        "a.jsonl",
    )


@pytest.mark.parametrize(
    ("content", "name", "form", "source", "message"),
    [
        (b"", "a.jsonl", "events", "web", "the file is empty"),
        (b"\n \n", "a.jsonl", "events", "web", "holds no lines"),
        (b"{}", "a.jsonl", "evnts", "web", "unknown format 'evnts'"),
        (b"{}", "a.jsonl", "events", "../x", "not a source name"),
        (b"{}", "a.jsonl", "events", "x') OR 1=1 --", "not a source name"),
        (b"plain", "a.jsonl.gz", "events", "web", "does not start as gzip"),
        (
            gzip.compress(b"{}" * 5000, mtime=0)[:-9],
            "a.jsonl.gz",
            "events",
            "web",
            "unreadable gzip",
        ),
        (b"{}", "a.jsonl", "olist", "web", "is read from a folder"),
        (b"a,b\n1,2\n", "a.csv", "events", "web", "lacks user_id, event_type, event_at"),
        (b"PAR1 not really", "a.parquet", "events", "web", "unreadable Parquet"),
        ("{}".encode("utf-16"), "a.jsonl", "events", "web", "UTF-16"),
    ],
    ids=range(11),
)
def test_what_cannot_be_read_is_said_clearly(
    settings, tmp_path, content, name, form, source, message
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(StevoError, match=message.replace("(", r"\(").replace(")", r"\)")):
        ingest_path(settings, path, form, source, "run")
    assert rows(settings, "ingest_ledger") == []


def test_unknown_formats_and_missing_files_name_the_way_out(settings, tmp_path) -> None:
    with pytest.raises(StevoError) as caught:
        ingest_path(settings, tmp_path / "x", "nothing", "web", "run")
    assert "tsmc2014" in str(caught.value)
    with pytest.raises(StevoError, match="no such file"):
        ingest_path(settings, tmp_path / "x", "events", "web", "run")


def test_a_zip_bomb_is_refused(settings, tmp_path) -> None:
    path = tmp_path / "bomb.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=9) as packed:
        for _ in range(80):
            packed.write(b"0" * (1 << 20))
    with pytest.raises(FileProblem, match="zip bomb"):
        ingest_path(settings, path, "events", "web", "run")


def test_the_inbox_is_emptied_in_order_and_failures_stand_aside(settings) -> None:
    folder = settings.inbox / "events"
    folder.mkdir(parents=True)
    (folder / "b.jsonl").write_bytes(as_bytes([event(1, category="second"), event(2)]))
    (folder / "a.jsonl").write_bytes(as_bytes([event(1)]))
    (folder / "c.jsonl").write_bytes(b"")
    (folder / ".d.jsonl").write_bytes(b"half")
    (settings.inbox / "nonsense").mkdir()
    (settings.inbox / "nonsense" / "e.txt").write_bytes(b"x")
    results = ingest_inbox(settings, "run")
    assert [result.ledger[0].conflict for result in results] == [0, 1]
    assert [path.name for path in settings.inbox.rglob("*") if path.is_file()] == [".d.jsonl"]
    rejected = settings.landing / "rejected"
    assert "empty" in (rejected / "c.jsonl.error.txt").read_text()
    assert "unknown format" in (rejected / "e.txt.error.txt").read_text()
    assert ingest_inbox(settings, "run") == []
