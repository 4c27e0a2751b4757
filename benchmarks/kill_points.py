"""Kill a one-day run at every write, rename and fsync, and look at what readers find.

Run: `python -m benchmarks.kill_points [--every K] [--whole N] [--people N] [--select TABLES]`. A
home holds a day; a file comes late and changes it. Then the day is published again and again from
copies of the home, killed (SIGKILL) before its 1st, 2nd, 3rd … call that changes the lake, until a
publication ends. After each kill every table of the day must be the old or the new one, whole, and
a rerun must give the new day. `--whole` kills so many `stevo backfill` processes too, dbt and all,
at points spread over the calls of one.

Prints JSON: `points` of publication and `whole` ones, what was wrong, and `ratio`, the seconds of
one publication over those of one killed publication with its check and its rerun. Calls are
counted by `faults/kill_at.c`, which a C compiler (`cc`) builds first.

Belongs here: the kills and the looking. What makes a kill harmless is in `stevo_dagster/lake`.
"""

from __future__ import annotations

import argparse
import json
import mmap
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from stevo_dagster.days import days_between
from stevo_dagster.ingest import ingest_path
from stevo_dagster.instance import bootstrap
from stevo_dagster.lake import (
    Lake,
    day_partition,
    files,
    manifest,
    partitions,
    run_staging,
    sweep_staging,
)
from stevo_dagster.settings import PROJECT_ROOT, Settings, load_settings
from stevo_dagster.sources.simulator import simulate
from stevo_dagster.warehouse import build
from stevo_dagster.warehouse.plan import DAY_MODELS
from stevo_dagster.warehouse.publish import publish_run

FIRST = date(2024, 10, 10)
DAY = FIRST + timedelta(days=1)
SOURCE = Path(__file__).resolve().parent / "faults" / "kill_at.c"
NEVER = 1 << 62
Contents = dict[str, str]


class Counter:
    """The number of calls left until the kill, shared with every process that has the library."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.exists():
            path.write_bytes(struct.pack("=q", 0))
        with path.open("r+b") as handle:
            self._page = mmap.mmap(handle.fileno(), 8)

    def set(self, calls: int) -> None:
        """Kill before the call with this number; 0 never does."""
        self._page[:] = struct.pack("=q", calls)

    def left(self) -> int:
        """Calls that are left."""
        return struct.unpack("=q", self._page[:])[0]


@dataclass
class Found:
    """Points that were killed, and what was wrong after them."""

    points: int = 0
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0


def main(argv: Sequence[str] | None = None) -> int:
    """Kill and print; the exit status is 1 where anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--whole", type=int, default=6)
    parser.add_argument("--people", type=int, default=6)
    parser.add_argument("--select", default=",".join(DAY_MODELS))
    options = parser.parse_args(argv)
    models = options.select.split(",")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        library = compile_library(folder)
        settings = make_home(folder, options.people, models)
        with killable(library, folder / "publishing") as environment:
            told = _publishing_process(folder, models, options.every, environment)
        with killable(library, folder / "whole" / "lake") as environment:
            whole = kill_whole_runs(settings, folder / "whole", options, environment)
    wrong = [*told["wrong"], *whole.wrong]
    ratio = told["undisturbed_seconds"] / (told["seconds"] / told["points"])
    found = {
        "points": told["points"],
        "whole": whole.points,
        "tables": len(models),
        "peer": "one publication that is not killed",
        "wrong": wrong[:5],
        "seconds": round(told["seconds"] + whole.seconds, 1),
        "ratio": round(ratio, 3),
        "passed": not wrong,
    }
    print(json.dumps(found))
    return 1 if wrong else 0


def compile_library(folder: Path) -> Path:
    """Build the library that counts and kills."""
    compiler = shutil.which("cc")
    if compiler is None:
        sys.exit("error: there is no C compiler (cc) here; apt-get install gcc")
    library = folder / "kill_at.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, SOURCE], check=True)
    return library


@contextmanager
def killable(library: Path, under: Path) -> Iterator[dict[str, str]]:
    """Environment of processes whose calls below a folder are counted in a file of their own."""
    counter = Counter(library.with_name(f"{under.parent.name}-{under.name}.counter"))
    yield {
        **os.environ,
        "LD_PRELOAD": str(library),
        "STEVO_KILL_COUNTER": str(counter.path),
        "STEVO_KILL_UNDER": f"{under}/",
        "PYTHONPATH": os.pathsep.join([str(PROJECT_ROOT), *sys.path]),
    }


def make_home(folder: Path, people: int, models: Sequence[str]) -> Settings:
    """`old`: a home whose days are built, and whose last day a late file has changed.

    Beside it are `staged` and `run_results.json` of a run that would build that day. dbt's tests
    are left out: they read alone.
    """
    settings = load_settings(folder / "old", {"STEVO_ENV": "ci"})
    bootstrap(settings)
    for number, (first, count) in enumerate(((FIRST, 2), (DAY, 1))):
        city = simulate(
            folder / f"city-{number}", people=people, days=count, seed=number, start=str(first)
        )
        ingest_path(settings, city.events, "events", f"city-{number}", f"load-{number}")
        first_day = FIRST if number == 0 else DAY
        with run_staging(settings.lake, f"build-{number}"):
            results = build.run_dbt(
                settings, f"build-{number}", models, first_day, DAY, command="run"
            )
            if number == 0:
                days = days_between(FIRST, DAY)
                publish_run(settings, "build-0", results, build.MANIFEST_PATH, days)
            else:
                shutil.copytree(settings.lake.staging("build-1"), folder / "staged")
                shutil.copy(results, folder / "run_results.json")
    return settings


def contents(lake: Lake, models: Sequence[str]) -> Contents:
    """Content hash of each table on the day, its file's bytes verified.

    Raises:
        StevoError: a file is not the one of its manifest.
    """
    found = {}
    for table in models:
        part = day_partition(DAY)
        if part in partitions(lake, table):
            files(lake, table, [part])
            described = manifest(lake, table, part)
            assert described is not None
            found[table] = described.content_hash
    return found


def judge(now: Contents, old: Contents, new: Contents) -> list[str]:
    """Tables that are neither the old nor the new one."""
    return [table for table in old if now.get(table) not in (old[table], new[table])]


def _publishing_process(
    folder: Path, models: Sequence[str], every: int, environment: Mapping[str, str]
) -> dict:
    code = (
        "import sys; from pathlib import Path; from benchmarks.kill_points import publish_killed;"
        " publish_killed(Path(sys.argv[1]), sys.argv[2].split(','), int(sys.argv[3]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder), ",".join(models), str(every)],
        env=dict(environment),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def publish_killed(folder: Path, models: Sequence[str], every: int) -> None:
    """Publish from copies of the home, killed at one call after the other; print what was found.

    Each publication is a fork of this process, which has imported everything.
    """
    counter = Counter(Path(os.environ["STEVO_KILL_COUNTER"]))
    old = contents(_lake(folder / "old"), models)
    calm = _twin(folder, 0)
    began = time.monotonic()
    _publish(folder, calm, "calm")
    undisturbed = time.monotonic() - began
    new = contents(_lake(calm), models)
    found, number = Found(), 1
    began = time.monotonic()
    while True:
        home = _twin(folder, number)
        if not killed_in_a_fork(lambda at=home: _publish(folder, at, "killed"), counter, number):
            break
        found.points += 1
        _look_and_rerun(folder, home, models, (old, new), found, f"call {number}")
        shutil.rmtree(home)
        number += every
    told = {
        "points": found.points,
        "wrong": found.wrong + ([] if old != new else ["the late file changed nothing"]),
        "undisturbed_seconds": undisturbed,
        "seconds": time.monotonic() - began,
    }
    print(json.dumps(told))


def _look_and_rerun(
    folder: Path,
    home: Path,
    models: Sequence[str],
    sides: tuple[Contents, Contents],
    found: Found,
    where: str,
) -> None:
    lake = _lake(home)
    try:
        found.wrong += [f"{where}: {table}" for table in judge(contents(lake, models), *sides)]
        sweep_staging(lake)
        _publish(folder, home, "again")
        if contents(lake, models) != sides[1]:
            found.wrong.append(f"{where}: the rerun gave other rows")
        if list((lake.root / ".staging").iterdir()):
            found.wrong.append(f"{where}: staging was left")
    except Exception as error:  # whatever a reader or a rerun meets is the finding
        found.wrong.append(f"{where}: {error!r}")


def killed_in_a_fork(work: Callable[[], None], counter: Counter, number: int) -> bool:
    """Whether the work was killed; it ends where it makes fewer calls."""
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        counter.set(number)
        work()
        counter.set(0)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    counter.set(0)
    if not os.WIFSIGNALED(status):
        assert os.WEXITSTATUS(status) == 0, "a publication failed without a kill"
        return False
    assert os.WTERMSIG(status) == signal.SIGKILL
    return True


def _twin(folder: Path, number: int) -> Path:
    home = folder / "publishing" / str(number)
    shutil.copytree(folder / "old" / "lake", home / "lake", symlinks=True)
    return home


def _lake(home: Path) -> Lake:
    return load_settings(home, {"STEVO_ENV": "ci"}).lake


def _publish(folder: Path, home: Path, run_id: str) -> None:
    settings = load_settings(home, {"STEVO_ENV": "ci"})
    with run_staging(settings.lake, run_id):
        shutil.copytree(folder / "staged", settings.lake.staging(run_id), dirs_exist_ok=True)
        results = folder / "run_results.json"
        publish_run(settings, run_id, results, build.MANIFEST_PATH, [DAY])


def kill_whole_runs(
    settings: Settings, home: Path, options: argparse.Namespace, environment: dict[str, str]
) -> Found:
    """Kill `stevo backfill` of the day at points spread over its calls, then let it end.

    The runs follow each other in one home: each finds what the killed one before it left.
    """
    found, models = Found(), options.select.split(",")
    if not options.whole:
        return found
    counter = Counter(Path(environment["STEVO_KILL_COUNTER"]))
    environment = {**environment, "STEVO_ENV": "ci", "STEVO_HOME": str(home)}
    shutil.copytree(settings.home, home, symlinks=True)
    old = contents(_lake(home), models)
    calls = _backfill(options.select, environment, counter, NEVER)
    new = contents(_lake(home), models)
    shutil.rmtree(home)
    shutil.copytree(settings.home, home, symlinks=True)
    began = time.monotonic()
    for number in range(options.whole):
        at = 1 + (calls - 1) * number // max(1, options.whole - 1)
        if _backfill(options.select, environment, counter, at) is None:
            found.points += 1
        try:
            wrong = judge(contents(_lake(home), models), old, new)
            found.wrong += [f"whole, call {at}: {table}" for table in wrong]
        except Exception as error:  # as above
            found.wrong.append(f"whole, call {at}: {error!r}")
    _backfill(options.select, environment, counter, NEVER)
    if contents(_lake(home), models) != new or old == new:
        found.wrong.append("whole: the rerun gave other rows")
    found.seconds = time.monotonic() - began
    return found


def _backfill(
    select: str, environment: Mapping[str, str], counter: Counter, number: int
) -> int | None:
    """Calls that one `stevo backfill` of the day made below its lake; None where it was killed."""
    counter.set(number)
    words = ["backfill", f"{DAY}..{DAY}", "--select", select, "--afresh"]
    done = subprocess.run(
        [sys.executable, "-c", "from stevo_dagster.cli import main; main()", *words],
        env=dict(environment),
        capture_output=True,
        text=True,
        start_new_session=True,
        check=False,
    )
    calls = number - counter.left()
    counter.set(0)
    if done.returncode == -signal.SIGKILL:
        return None
    assert done.returncode == 0, done.stdout + done.stderr
    return calls


if __name__ == "__main__":
    sys.exit(main())
