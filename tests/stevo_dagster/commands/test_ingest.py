"""`stevo ingest` and `stevo quarantine` as users type them."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from stevo_dagster.cli import build_app
from stevo_dagster.errors import StevoError
from tests.stevo_dagster.ingest.kit import as_bytes, event


@pytest.fixture
def typed(settings):
    """Run a command and return its standard output as bytes."""

    def run(*words: str) -> bytes:
        done = CliRunner().invoke(build_app(), list(words), catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout_bytes

    return run


def test_a_file_goes_in_and_its_bad_line_comes_back_byte_for_byte(typed, tmp_path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(as_bytes([event(1), event(2), b"bad\xff\x00", event(1)]))
    words = ("ingest", str(path), "--format", "events", "--source", "web")
    told = typed(*words).decode()
    counts = dict(line.split()[:2] for line in told.splitlines() if line.startswith("  "))
    assert (counts["accepted"], counts["duplicate"], counts["quarantined"]) == ("2", "1", "1")
    assert "already known" in typed(*words).decode()
    listed = typed("quarantine", "list").decode().split()
    assert (listed[1], listed[2]) == ("web", "not_utf8")
    file_id = listed[0]
    assert "3  not_utf8" in typed("quarantine", "list", "--file", file_id).decode()
    assert "byte_offset" in typed("quarantine", "show", file_id, "3").decode()
    assert typed("quarantine", "show", file_id, "3", "--raw") == b"bad\xff\x00"
    assert "nothing changed" in typed("quarantine", "replay").decode()


def test_refusals_reach_the_user(settings, tmp_path) -> None:
    words = ["ingest", str(tmp_path / "none"), "--format", "events", "--source", "web"]
    with pytest.raises(StevoError, match="no such file"):
        CliRunner().invoke(build_app(), words, catch_exceptions=False)
    assert CliRunner().invoke(build_app(), ["quarantine", "list"]).output.startswith("nothing")
