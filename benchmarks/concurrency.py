"""Many processes backfill overlapping days while others read and some are killed.

Run: `python -m benchmarks.concurrency [--writers N] [--days N] [--readers N] [--kills N]
[--people N] [--select TABLES] [--seed N]`. Each writer is a `stevo backfill` over its stretch of
days and a day of either neighbour; killed ones (SIGKILL, at random moments) are started again.
Prints JSON: errors of writers and readers, partitions whose content differs from those of one
serial backfill of the same home, and `ratio`, the seconds of the serial one over those of all
together.

Belongs here: the processes and the counting. What makes days safe is in `stevo_dagster/lake` and
`stevo_dagster/building.py`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from stevo_dagster.ingest import ingest_path
from stevo_dagster.instance import bootstrap
from stevo_dagster.lake import connect, content_hash, files, manifest, partitions, scan, tables
from stevo_dagster.settings import Settings, load_settings
from stevo_dagster.sources.simulator import simulate
from stevo_dagster.warehouse.build import ensure_manifest
from stevo_dagster.warehouse.tables import tables as declared

FIRST = date(2024, 10, 10)
LOCKED = ("is locked", "Conflicting lock", "being written by another process")
READ_SECONDS = 0.5


@dataclass
class Writer:
    """One range of days, and the process at work on it."""

    days: str
    process: subprocess.Popen[bytes]
    output: Path
    kills: int = 0


@dataclass
class Found:
    """What went wrong while all were at work."""

    lock_errors: int = 0
    failed_writers: list[str] = field(default_factory=list)
    bad_reads: list[str] = field(default_factory=list)
    reads: int = 0
    kills: int = 0


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; the exit status is 1 where anything went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--days", type=int, default=32)
    parser.add_argument("--readers", type=int, default=4)
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--select", default=None)
    parser.add_argument("--seed", type=int, default=4)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        serial = make_home(Path(folder), options.people, options.days, options.seed)
        crowded = load_settings(Path(folder) / "crowded", {"STEVO_ENV": "ci"})
        shutil.copytree(serial.home, crowded.home, symlinks=True)
        last = FIRST + timedelta(days=options.days - 1)
        began = time.monotonic()
        alone = start(serial, f"{FIRST}..{last}", options.select, Path(folder) / "serial.txt")
        alone.process.wait()
        serial_seconds = time.monotonic() - began
        expected = contents(serial)
        began = time.monotonic()
        found = crowd(crowded, expected, ranges(options.days, options.writers), options, folder)
        seconds = time.monotonic() - began
        differing = [part for part, one in contents(crowded).items() if expected.get(part) != one]
        missing = sorted(expected.keys() - contents(crowded).keys())
    wrong = found.lock_errors or found.failed_writers or found.bad_reads or differing or missing
    told = {
        "writers": options.writers,
        "days": options.days,
        "readers": options.readers,
        "kills": found.kills,
        "peer": "one backfill of the same days",
        "partitions": len(expected),
        "reads": found.reads,
        "lock_errors": found.lock_errors,
        "failed_writers": found.failed_writers,
        "bad_reads": found.bad_reads[:5],
        "differing": differing[:5],
        "missing": missing[:5],
        "serial_seconds": round(serial_seconds, 1),
        "seconds": round(seconds, 1),
        "ratio": round(serial_seconds / seconds, 3),
        "passed": not wrong and alone.process.returncode == 0,
    }
    print(json.dumps(told))
    return 0 if told["passed"] else 1


def make_home(folder: Path, people: int, days: int, seed: int) -> Settings:
    """A home with the events of a small city and nothing built."""
    settings = load_settings(folder / "serial", {"STEVO_ENV": "ci"})
    ensure_manifest()
    bootstrap(settings)
    city = simulate(folder / "city", people=people, days=days, seed=seed, start=str(FIRST))
    ingest_path(settings, city.events, "events", "city", "concurrency")
    return settings


def ranges(days: int, writers: int) -> list[str]:
    """One stretch of days a writer, with a day of either neighbour, as FROM..TO."""
    bounds = [round(number * days / writers) for number in range(writers + 1)]
    found = []
    for begin, end in pairwise(bounds):
        first, last = max(0, begin - 1), min(days - 1, end)
        found.append(f"{FIRST + timedelta(days=first)}..{FIRST + timedelta(days=last)}")
    return found


def start(settings: Settings, days: str, select: str | None, output: Path) -> Writer:
    """Start `stevo backfill` in a process of its own; what it prints is added to a file."""
    words = ["backfill", days, *(["--select", select] if select else [])]
    env = {**os.environ, "STEVO_HOME": str(settings.home), "STEVO_ENV": settings.environment}
    with output.open("ab") as handle:
        process = subprocess.Popen(
            [sys.executable, "-c", "from stevo_dagster.cli import main; main()", *words],
            env=env,
            stdout=handle,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Writer(days, process, output)


def crowd(
    settings: Settings,
    expected: Mapping[str, str],
    stretches: Sequence[str],
    options: argparse.Namespace,
    folder: str,
) -> Found:
    """Run all writers and readers at once, kill some writers, and say what went wrong."""
    chance, found = random.Random(options.seed), Found()
    told = Path(folder) / "expected.json"
    told.write_text(json.dumps(dict(expected)))
    readers = [_start_reader(settings, told) for _ in range(options.readers)]
    writers = [
        start(settings, days, options.select, Path(folder) / f"writer-{number}.txt")
        for number, days in enumerate(stretches)
    ]
    # A writer's own seconds are not known before; it is killed at work, or the kill waits.
    next_kill = time.monotonic() + chance.uniform(4, 12)
    while any(one.process.poll() is None for one in writers):
        time.sleep(0.2)
        alive = [one for one in writers if one.process.poll() is None]
        if found.kills < options.kills and alive and time.monotonic() >= next_kill:
            _kill_and_restart(settings, chance.choice(alive), options.select)
            found.kills += 1
            next_kill = time.monotonic() + chance.uniform(4, 12)
    for one in writers:
        text = one.output.read_text()
        found.lock_errors += sum(text.count(words) for words in LOCKED)
        if one.process.returncode:
            found.failed_writers.append(f"{one.days}: {text[-400:]}")
    for process in readers:
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate()
        heard = json.loads(output)
        found.reads += heard["reads"]
        found.bad_reads += heard["bad"]
    return found


def _kill_and_restart(settings: Settings, writer: Writer, select: str | None) -> None:
    os.killpg(writer.process.pid, signal.SIGKILL)
    writer.process.wait()
    writer.process = start(settings, writer.days, select, writer.output).process


def _start_reader(settings: Settings, expected: Path) -> subprocess.Popen[str]:
    code = (
        "import sys; from pathlib import Path; from benchmarks.concurrency import read_in_a_loop;"
        " read_in_a_loop(Path(sys.argv[1]), Path(sys.argv[2]))"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, str(settings.home), str(expected)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    )


def read_in_a_loop(home: Path, expected_path: Path) -> None:
    """Read every published table again and again until SIGTERM, then print reads and bad ones.

    A read is bad where it fails, or a day's rows are not those of the serial backfill.
    """
    settings, expected = load_settings(home), json.loads(expected_path.read_text())
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(1))
    chance = random.Random(os.getpid())
    reads, bad = 0, list[str]()
    with connect(settings.lake, []) as con:
        while not stopped:
            there = made(settings)
            for table in chance.sample(there, len(there)):
                try:
                    parts = partitions(settings.lake, table)
                    for part, path in zip(parts, files(settings.lake, table, parts), strict=True):
                        if content_hash(con, scan([path])) != expected[f"{table}/{part}"]:
                            bad.append(f"{table} {part}: other rows")
                    con.execute(f"select count(*) from {scan(files(settings.lake, table, parts))}")
                except Exception as error:  # whatever a reader meets is the finding
                    bad.append(f"{table}: {error!r}")
                reads += 1
                if stopped:
                    break
            time.sleep(READ_SECONDS)
    print(json.dumps({"reads": reads, "bad": bad}))


def made(settings: Settings) -> list[str]:
    """Published tables that a backfill makes by day."""
    daily = {name for name, one in declared().items() if one.group in ("days", "windows")}
    return sorted(daily & set(tables(settings.lake)))


def contents(settings: Settings) -> dict[str, str]:
    """Content hash of every published partition of the warehouse."""
    lake = settings.lake
    found = {}
    for table in tables(lake):
        for part in partitions(lake, table):
            described = manifest(lake, table, part)
            assert described is not None
            found[f"{table}/{part}"] = described.content_hash
    return found


if __name__ == "__main__":
    sys.exit(main())
