"""What is wrong with a home, and the way out of each.

Belongs here: looking, one function a concern, changing nothing. Does not belong here: printing
(`commands/doctor.py`) or mending (`repair.py`).
"""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from stevo_dagster.errors import StevoError
from stevo_dagster.home import read_home
from stevo_dagster.lake import FileLock, Lake, damage, partitions, releases, tables
from stevo_dagster.settings import MANIFEST_PATH, Settings

LIBRARIES = (
    "dagster",
    "dagster-dbt",
    "dbt-core",
    "dbt-duckdb",
    "duckdb",
    "great-expectations",
    "pandas",
    "pyarrow",
    "torch",
)
PRIVATE = 0o077
REPAIR = "`stevo doctor --repair`"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `problem` is None where all is well."""

    what: str
    detail: str
    problem: str | None = None
    fix: str | None = None


def examine(settings: Settings) -> Iterator[Finding]:
    """Everything the doctor looks at, in order; a part that cannot be read is a problem itself."""
    parts: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
        _home,
        _secrets,
        _landing,
        _lake,
        _pinned,
        _releases,
        _staging,
        _dbt,
        _libraries,
    )
    for part in parts:
        try:
            yield from part(settings)
        except StevoError as error:
            yield Finding(part.__name__.strip("_"), error.where or "", error.problem, error.fix)


def _home(settings: Settings) -> Iterator[Finding]:
    found = read_home(settings)
    if found is None:
        yield Finding(
            "home", str(settings.home), "there is no home here yet", "`stevo demo` makes one"
        )
        return
    days = f"{found.first_day} to {found.last_day}" if found.first_day else "no data yet"
    yield Finding("home", f"{settings.home}: format {found.format}, {days}")


def _secrets(settings: Settings) -> Iterator[Finding]:
    for path in sorted(settings.secrets.rglob("*")) if settings.secrets.is_dir() else []:
        mode = path.stat().st_mode
        if mode & PRIVATE:
            yield Finding(
                "secrets",
                str(path),
                f"others may read it (mode {mode & 0o777:o})",
                f"chmod {'700' if path.is_dir() else '600'} {path}",
            )
        else:
            yield Finding("secrets", f"{path.name}: mode {mode & 0o777:o}")


def _landing(settings: Settings) -> Iterator[Finding]:
    from stevo_dagster.ingest.landing import damaged_originals

    lost = damaged_originals(settings)
    for path in lost:
        yield Finding(
            "landing",
            str(path),
            "an original is damaged (its sha256 is not its name), and nothing here can rebuild it",
            "restore it from a backup, or from whoever sent it: `sha256sum` must give its name",
        )
    if not lost:
        yield Finding("landing", "every original as it came")


def _lake(settings: Settings) -> Iterator[Finding]:
    damaged = damaged_partitions(settings.lake)
    for (table, part), problem in damaged.items():
        yield Finding("lake", f"{table} {part}", problem.problem, REPAIR)
    for table in tables(settings.lake):
        lost = sum(name == table for name, _ in damaged)
        sound = len(partitions(settings.lake, table)) - lost
        yield Finding("lake", f"{table}: {sound} partitions, every sha256 as in its manifest")


def damaged_partitions(lake: Lake) -> dict[tuple[str, str], StevoError]:
    """(table, partition) to what is wrong with its published version, the bytes read now."""
    found = {
        (table, part): damage(lake.link(table, part).resolve())
        for table in tables(lake)
        for part in partitions(lake, table)
    }
    return {where: problem for where, problem in found.items() if problem is not None}


def _pinned(settings: Settings) -> Iterator[Finding]:
    lake = settings.lake
    for folder in sorted(releases.pinned_versions(settings.releases, lake)):
        table, part = folder.parent.parent.name, folder.parent.name
        if lake.link(table, part).resolve() == folder:
            continue
        problem = damage(folder)
        if problem is not None:
            yield Finding(
                "lake",
                f"{table} {part}, version {folder.name}",
                f"an older version that a release was made from: {problem.problem}",
                "restore it from a backup, or read what is published now, without a release",
            )


def _releases(settings: Settings) -> Iterator[Finding]:
    for release in releases.list_releases(settings.releases):
        for path in releases.damaged_files(release):
            yield Finding("release", str(path), "the file is missing or damaged", REPAIR)
    now = releases.current(settings.releases)
    yield Finding("release", now.id if now else "none published yet")


def _staging(settings: Settings) -> Iterator[Finding]:
    root = settings.lake.root / ".staging"
    dead = [folder.name for folder in _folders(root) if _is_dead(folder)]
    if dead:
        yield Finding(
            "staging",
            ", ".join(dead),
            f"{len(dead)} killed runs left files here",
            "`stevo run` sweeps them",
        )
    else:
        yield Finding("staging", "nothing left by killed runs")


def _dbt(settings: Settings) -> Iterator[Finding]:
    if MANIFEST_PATH.is_file():
        yield Finding("dbt", f"manifest prepared: {MANIFEST_PATH}")
    else:
        yield Finding("dbt", str(MANIFEST_PATH), "the dbt manifest is missing", "`make setup`")


def _libraries(settings: Settings) -> Iterator[Finding]:
    version = ".".join(str(number) for number in sys.version_info[:3])
    yield Finding("python", version)
    for name in LIBRARIES:
        try:
            yield Finding("library", f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            yield Finding("library", name, "not installed", "`make setup`")


def _folders(root: Path) -> list[Path]:
    return sorted(root.iterdir()) if root.is_dir() else []


def _is_dead(folder: Path) -> bool:
    try:
        FileLock.take(folder / ".alive", wait_seconds=0).release()
    except TimeoutError:
        return False
    return True
