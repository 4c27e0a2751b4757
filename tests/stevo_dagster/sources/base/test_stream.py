"""Bytes of plain and packed files: the same whatever the reads, and caps against zip bombs."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as cases
from hypothesis import strategies as st

from stevo_dagster.sources.base import stream
from stevo_dagster.sources.base.faults import FileProblem
from stevo_dagster.sources.base.stream import head, is_gzip, open_bytes


def all_bytes(path: Path, shown_as: str = "a", size: int = 1 << 16) -> bytes:
    with open_bytes(path, shown_as) as opened:
        blocks = list(iter(lambda: opened.read(size), b""))
    assert all(len(block) <= size for block in blocks)
    return b"".join(blocks)


def packed(path: Path, content: bytes) -> Path:
    path.write_bytes(gzip.compress(content, mtime=0))
    return path


@cases(deadline=None, max_examples=50)
@given(st.lists(st.binary(max_size=200), min_size=1, max_size=3), st.integers(1, 100))
def test_packed_bytes_are_the_plain_ones(tmp_path_factory, parts, size) -> None:
    """Several gzip members in one file, as of logs put together, are read as one."""
    content = b"".join(parts)
    folder = tmp_path_factory.mktemp("bytes")
    (folder / "plain").write_bytes(b"x" + content)
    (folder / "packed").write_bytes(b"".join(map(gzip.compress, [b"x", *parts])))
    assert all_bytes(folder / "plain", size=size) == b"x" + content
    assert all_bytes(folder / "packed", size=size) == b"x" + content


def test_gzip_is_known_by_its_bytes(tmp_path) -> None:
    path = packed(tmp_path / "a.jsonl", b"{}")
    assert is_gzip(path)
    assert all_bytes(path, "a.jsonl") == b"{}"
    for content in (b"", b"\x1f", b"{}"):
        path.write_bytes(content)
        assert not is_gzip(path)
        assert all_bytes(path, "a.jsonl") == content


@pytest.mark.parametrize("content", [b"", b"{}\n"])
def test_a_name_that_promises_gzip_is_held_to_it(tmp_path, content) -> None:
    path = tmp_path / "landed"
    path.write_bytes(content)
    with pytest.raises(FileProblem, match="does not start as gzip does") as caught:
        all_bytes(path, "web/a.jsonl.gz")
    assert "where: web/a.jsonl.gz" in str(caught.value)


NOISE = bytes(range(256)) * 40


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw[: len(raw) // 2],
        lambda raw: raw[:-1],
        lambda raw: raw[:-8] + bytes(4) + raw[-4:],
        lambda raw: raw[:20] + bytes(20) + raw[40:],
        lambda raw: raw + b"trailing",
        lambda raw: raw[:3],
    ],
    ids=["half", "no last byte", "wrong checksum", "zeros inside", "more behind", "head alone"],
)
def test_damaged_gzip_is_refused_with_the_place(tmp_path, damage) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(damage(gzip.compress(NOISE, mtime=0)))
    with pytest.raises(FileProblem, match=r"unreadable gzip: .*\n  where: a\.gz, after \d+ unc"):
        all_bytes(path, "a.gz")


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(stream, "FREE_BYTES", 100_000)
    path = packed(tmp_path / "a.gz", bytes(1_000_000))
    with open_bytes(path, "a.gz") as opened:
        given_bytes = 0
        with pytest.raises(FileProblem, match="refused as a zip bomb"):
            while block := opened.read(50_000):
                given_bytes += len(block)
    limit = max(100_000, stream.MAX_RATIO * path.stat().st_size)
    assert given_bytes <= limit < 1_000_000


def test_what_is_small_may_expand_and_what_is_big_may_not(tmp_path, monkeypatch) -> None:
    path = packed(tmp_path / "a.gz", bytes(1_000_000))
    assert path.stat().st_size * stream.MAX_RATIO < 1_000_000
    assert len(all_bytes(path)) == 1_000_000
    monkeypatch.setattr(stream, "MAX_BYTES", 999_999)
    with pytest.raises(FileProblem, match="zip bomb"):
        all_bytes(path)


def test_a_log_packed_as_usual_passes_the_free_bytes(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(stream, "FREE_BYTES", 100)
    content = b"".join(b'{"user_id": "u%d"}\n' % number for number in range(2_000))
    assert all_bytes(packed(tmp_path / "a.gz", content)) == content


def test_the_head_is_of_the_unpacked_bytes(tmp_path) -> None:
    assert head(packed(tmp_path / "a", b"user_id,event_type"), "a", 7) == b"user_id"
    (tmp_path / "b").write_bytes(b"{}")
    assert head(tmp_path / "b", "b", 7) == b"{}"
