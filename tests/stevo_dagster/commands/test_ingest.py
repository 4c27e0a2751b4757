"""`stevo ingest` as users type it."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from stevo_dagster.cli import build_app
from stevo_dagster.errors import StevoError
from stevo_dagster.ingest.ledger import FATES
from tests.stevo_dagster.ingest.kit import as_bytes, event


def test_a_file_goes_in_once_and_each_fate_is_told(settings, tmp_path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(as_bytes([event(1), event(2), b"bad", event(1)]))
    words = ["ingest", str(path), "--format", "events", "--source", "web"]
    done = CliRunner().invoke(build_app(), words, catch_exceptions=False)
    assert done.exit_code == 0
    counts = dict(line.split()[:2] for line in done.output.splitlines() if line.startswith("  "))
    days = counts.pop("days")
    assert days == "2024-03-02"
    assert {fate: int(count) for fate, count in counts.items()} == {
        **dict.fromkeys(FATES, 0),
        "accepted": 2,
        "duplicate": 1,
        "quarantined": 1,
    }
    assert "see why: stevo quarantine list --file " in done.output
    again = CliRunner().invoke(build_app(), words, catch_exceptions=False)
    assert again.exit_code == 0 and "already known" in again.output


def test_refusals_reach_the_user(settings, tmp_path) -> None:
    words = ["ingest", str(tmp_path / "none"), "--format", "events", "--source", "web"]
    with pytest.raises(StevoError, match="no such file"):
        CliRunner().invoke(build_app(), words, catch_exceptions=False)
