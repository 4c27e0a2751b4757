"""kill -9 at random moments, then a rerun: the content of an undisturbed run, and no mixed reads.

`STEVO_TEST_KILLS` sets the number of kills (2 in `make test-long`, 10 in `benchmarks/kills.py`),
and `STEVO_TEST_KILLS_OUT` names a file for the seconds of both runs.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stevo_dagster.lake import connect, content_hash, files, partitions, read, releases, tables
from stevo_dagster.lake.sql import scan
from stevo_dagster.settings import load_settings
from stevo_dagster.sources.simulator import simulate

pytestmark = pytest.mark.long

KILLS = int(os.environ.get("STEVO_TEST_KILLS", "2"))
SECONDS = os.environ.get("STEVO_TEST_KILLS_OUT")
# Run ids, and the clock of the machine at landing and quarantine.
CLOCKS = {"run_id", "received_at", "quarantined_at"}
ACCOUNTS = {"ingest_ledger", "quarantine", "conflicts", "fct_ingest_ledger", "fct_quarantine"}


def twin_of(home: Path, target: Path, more: Path) -> Path:
    """A copy of a home with a further file waiting in its inbox."""
    shutil.copytree(home, target, symlinks=True)
    inbox = target / "landing" / "inbox" / "events"
    inbox.mkdir(parents=True, exist_ok=True)
    shutil.copy(more, inbox / "more.jsonl")
    return target


def start(home: Path) -> subprocess.Popen[str]:
    code = "from stevo_dagster.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, "run"],
        env={**os.environ, "STEVO_HOME": str(home), "STEVO_ENV": "demo", "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def finish(home: Path) -> str:
    process = start(home)
    output, _ = process.communicate(timeout=900)
    assert process.returncode == 0, output
    return output


def content(home: Path) -> dict[str, str]:
    """Content hash of every published partition, without run ids and clocks in the accounts."""
    lake = load_settings(home).lake
    found = {}
    with connect(lake, []) as con:
        for table in tables(lake):
            exclude = CLOCKS if table in ACCOUNTS else ()
            for part in partitions(lake, table):
                relation = scan(files(lake, table, [part]))
                found[f"{table}/{part}"] = content_hash(con, relation, exclude)
    return found


@contextmanager
def reader(home: Path) -> Iterator[list[str]]:
    """Read the current release in a loop; what went wrong is in the list."""
    wrong: list[str] = []
    stop = threading.Event()
    store = load_settings(home).releases

    def loop() -> None:
        while not stop.is_set():
            try:
                now = releases.current(store)
                if now is None:
                    wrong.append("no release")
                    continue
                for table in now.tables:
                    rows = read(table, release=now.id, home=home, as_="records")
                    if len(rows) != now.info["rows"][table]:
                        wrong.append(f"{now.id} {table}: {len(rows)} rows")
            except Exception as error:  # any failure of a reader is the finding
                wrong.append(repr(error))
            time.sleep(0.05)

    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    try:
        yield wrong
    finally:
        stop.set()
        thread.join(30)


def test_kills_at_random_moments_leave_no_trace_after_a_rerun(demo_home, tmp_path):
    more = simulate(tmp_path / "more", people=16, days=2, seed=8, start="2024-10-19").events
    calm = twin_of(demo_home[0], tmp_path / "calm", more)
    killed = twin_of(demo_home[0], tmp_path / "killed", more)
    before = releases.current(load_settings(calm).releases)

    began = time.monotonic()
    finish(calm)
    whole = time.monotonic() - began

    chance = random.Random(20241010)
    ended_first = 0
    began = time.monotonic()
    with reader(killed) as wrong:
        for _ in range(KILLS):
            process = start(killed)
            time.sleep(chance.uniform(0.05, 0.9) * whole)
            ended_first += process.poll() is not None
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        finish(killed)
    if SECONDS:
        seconds = {"undisturbed": round(whole, 1), "killed": round(time.monotonic() - began, 1)}
        Path(SECONDS).write_text(json.dumps(seconds))
    assert wrong == []
    assert ended_first < KILLS, "no run was still at work when it was killed"
    assert content(killed) == content(calm)

    was, now = (releases.current(load_settings(home).releases) for home in (calm, killed))
    assert now.info["data_hash"] == was.info["data_hash"] != before.info["data_hash"]
    assert not list((killed / "lake" / ".staging").glob("*")), "staging of killed runs is swept"
    again = finish(killed)
    assert "nothing is stale" in again
