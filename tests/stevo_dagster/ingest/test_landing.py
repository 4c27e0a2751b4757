"""Originals are kept privately by their hash, and a file is the same file under any name."""

from __future__ import annotations

import gzip
import hashlib

import pytest

from stevo_dagster.errors import StevoError
from stevo_dagster.ingest import ingest_path
from stevo_dagster.ingest.landing import damaged_originals, find_landed, land
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


def test_an_original_is_found_again_by_its_whole_id_alone(settings, tmp_path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(as_bytes([event(1)]))
    landed = land(settings, path, "events", "web")
    assert find_landed(settings, landed.file_id) == landed
    for other in (landed.file_id[:15], "*", "", f"{landed.file_id}\n", "0" * 16):
        with pytest.raises(StevoError, match="is not there"):
            find_landed(settings, other)


def test_an_original_whose_bytes_changed_is_found(settings, tmp_path) -> None:
    assert damaged_originals(settings) == []
    path = tmp_path / "a.jsonl"
    path.write_bytes(as_bytes([event(1)]))
    kept = land(settings, path, "events", "web").files["file"]
    assert damaged_originals(settings) == []
    kept.write_bytes(kept.read_bytes().replace(b"1", b"2"))
    assert damaged_originals(settings) == [kept]
