"""A run killed while it publishes, then run again, leaves the lake of an undisturbed run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stevo_dagster.ingest import ingest_path
from stevo_dagster.ingest.replay import replay
from stevo_dagster.lake import sweep_staging
from stevo_dagster.settings import Settings, load_settings
from tests.stevo_dagster.ingest.kit import as_bytes, event, rows

# Publications, in order: the days, quarantine, conflicts, the ledger.
KILLED = """
import os, signal, sys
from pathlib import Path
from stevo_dagster.ingest import write
from stevo_dagster.lake.publish import _switch as switch
write.PUBLISHERS = 1
left = [int(sys.argv[1])]
publisher = sys.modules["stevo_dagster.lake.publish"]
def counted(link, folder):
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] -= 1
    switch(link, folder)
publisher._switch = counted
from stevo_dagster.settings import load_settings
if sys.argv[2] == "replay":
    from stevo_dagster.ingest.replay import replay
    replay(load_settings(), "killed")
else:
    from stevo_dagster.ingest import ingest_path
    ingest_path(load_settings(), Path(sys.argv[3]), "events", "web", "killed")
"""
LINES = [*(event(n) for n in range(12)), b"bad", event(1), event(2, category="other")]
LEDGER = "select * exclude (run_id, received_at) from ingest_ledger order by file_id, lines desc"
EVENTS = "select * exclude (received_at) from events order by event_at, event_key"
REFUSED = "select * exclude (run_id, quarantined_at) from {} order by file_id, line_number"


def killed(settings: Settings, after: int, what: str, path: Path) -> None:
    """Run in a process that dies in place of its publication number `after`."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(after), what, str(path)],
        env={**os.environ, "STEVO_HOME": str(settings.home)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


def tables(settings: Settings) -> dict[str, list]:
    """What the lake holds, without clocks and run ids."""
    return {
        "events": rows(settings, "events", EVENTS),
        "ledger": rows(settings, "ingest_ledger", LEDGER),
        **{
            name: rows(settings, name, REFUSED.format(name)) for name in ("quarantine", "conflicts")
        },
    }


@pytest.fixture
def key(monkeypatch) -> None:
    monkeypatch.setenv("STEVO_PSEUDONYM_KEY", "a secret of some length")


@pytest.mark.parametrize("after", [1, 3, 5])
def test_ingest(settings, tmp_path, key, after) -> None:
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    first.write_bytes(as_bytes([event(0), event(50)]))
    second.write_bytes(as_bytes(LINES))
    calm = load_settings(tmp_path / "calm")
    for home in (settings, calm):
        ingest_path(home, first, "events", "web", "first")
    ingest_path(calm, second, "events", "web", "calm")
    killed(settings, after, "ingest", second)
    assert len(rows(settings, "ingest_ledger")) == 1
    sweep_staging(settings.lake)
    ingest_path(settings, second, "events", "web", "again")
    assert tables(settings) == tables(calm)


@pytest.mark.parametrize("after", [1, 2, 3])
def test_replay(tmp_path, key, monkeypatch, after) -> None:
    path = tmp_path / "events.jsonl"
    old = [event(n, event_id=f"old{n}", event_at="1985-01-01T00:00:00Z") for n in range(3)]
    path.write_bytes(as_bytes([*LINES, *old]))
    homes = load_settings(tmp_path / "killed"), load_settings(tmp_path / "calm")
    for home in homes:
        ingest_path(home, path, "events", "web", "first")
    monkeypatch.setenv("STEVO_EVENT_AT_MIN", "1980-01-01")
    wide = [load_settings(home.home) for home in homes]
    killed(wide[0], after, "replay", path)
    replay(wide[0], "again")
    replay(wide[1], "calm")
    assert len(rows(wide[1], "ingest_ledger")) == 2
    assert tables(wide[0]) == tables(wide[1])
