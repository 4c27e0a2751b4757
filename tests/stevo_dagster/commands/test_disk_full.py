"""A disk of 48 MB that fills up: one message, the release still reads, and work goes on with room.

The disk is a tmpfs; where this user may not mount one, the tests skip and say so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from stevo_dagster.ingest import ingest_path
from stevo_dagster.instance import bootstrap
from stevo_dagster.lake import files, manifest, partitions, read, releases
from stevo_dagster.settings import Settings, load_settings
from stevo_dagster.sources.simulator import simulate
from stevo_dagster.warehouse.build import ensure_manifest
from stevo_dagster.warehouse.plan import stale_days

pytestmark = pytest.mark.slow

FIRST, LAST = date(2024, 10, 10), date(2024, 10, 12)
BLOCK = 4096


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A mounted file system of 48 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(folder)]
    if shutil.which("mount") is None:
        pytest.skip("there is no mount command here")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no file system may be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Take all the room there is."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as handle:
        try:
            while True:
                handle.write(bytes(BLOCK))
        except OSError:
            return ballast


def stevo(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    code = "from stevo_dagster.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        env={**os.environ, "STEVO_HOME": str(settings.home), "STEVO_ENV": "ci"},
        capture_output=True,
        text=True,
        check=False,
    )


def contents(settings: Settings) -> dict[str, str]:
    """Content hash of each day of events."""
    lake = settings.lake
    return {
        part: manifest(lake, "events", part).content_hash for part in partitions(lake, "events")
    }


def test_a_full_disk_stops_work_with_one_message_and_hurts_nothing(small_disk, tmp_path):
    ensure_manifest()
    small = load_settings(small_disk / "home", {"STEVO_ENV": "ci"})
    bootstrap(small)
    first = simulate(tmp_path / "first", people=6, days=3, seed=1, start=str(FIRST)).events
    ingest_path(small, first, "events", "first", "one")
    tables = {"evaluation": files(small.lake, "events")[0]}
    releases.switch(small.releases, releases.build(small.releases, tables, {}, {}).id)
    roomy = load_settings(tmp_path / "roomy", {"STEVO_ENV": "ci"})
    shutil.copytree(small.home, roomy.home, symlinks=True)
    before, rows = contents(small), len(read("evaluation", home=small.home, as_="records"))

    ballast = fill(small_disk)
    more = simulate(tmp_path / "more", people=40, days=3, seed=2, start=str(FIRST)).events
    build = ("backfill", f"{FIRST}..{LAST}", "--select", "int_events_clean")
    for words in (("ingest", str(more), "--format", "events", "--source", "more"), build):
        done = stevo(small, *words)
        assert done.returncode == 1
        assert done.stderr.splitlines()[0] == "error: the disk is full", done.stderr[-2000:]
        assert "Traceback" not in done.stderr
    assert contents(small) == before
    assert partitions(small.lake, "int_events_clean") == []
    assert len(read("evaluation", home=small.home, as_="records")) == rows

    ballast.unlink()
    done = stevo(small, "ingest", str(more), "--format", "events", "--source", "more")
    assert done.returncode == 0, done.stderr
    ingest_path(roomy, more, "events", "more", "two")
    assert [*contents(small)] == [*contents(roomy)] != []
    assert _without_clock(small) == _without_clock(roomy)
    done = stevo(small, *build)
    assert done.returncode == 0, done.stderr
    assert stale_days(small, FIRST, LAST, ["int_events_clean"]) == []


def _without_clock(settings: Settings) -> list[dict]:
    """All events, without the time at which a file without one was landed."""
    rows = read(
        "events",
        home=settings.home,
        as_="records",
        sql="select * exclude (received_at) from events order by all",
    )
    assert rows
    return rows
