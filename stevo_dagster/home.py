"""State of one home folder: its format, the data set's first and last day, where it came from.

Belongs here: `home.json`, read and written atomically, and the one-run-at-a-time lock. Does not
belong here: settings (`settings.py`) or anything inside the lake.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, date, datetime
from pathlib import Path

from stevo_dagster.errors import StevoError
from stevo_dagster.lake.locks import FileLock, held
from stevo_dagster.lake.publish import fsync_path
from stevo_dagster.settings import Settings

FORMAT = 1
# How long another backfill may take to clear up after killed runs, holding the lock alone.
RECOVERY_SECONDS = 10.0


@dataclass(frozen=True)
class Home:
    """What `home.json` holds. Days are UTC, ISO 8601; None until the first load."""

    format: int = FORMAT
    created_at: str = ""
    environment: str = "dev"
    first_day: str | None = None
    last_day: str | None = None
    simulated: bool = False


def read_home(settings: Settings) -> Home | None:
    """The home's state, or None where no home was made yet.

    Raises:
        StevoError: the file is unreadable, or written by a newer stevo.
    """
    path = settings.home / "home.json"
    try:
        state = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise StevoError(
            f"home.json is not JSON: {error}", where=str(path), fix="restore it from a backup"
        ) from None
    if state.get("format", 0) > FORMAT:
        raise StevoError(
            f"this home was written by a newer stevo (format {state['format']}, known {FORMAT})",
            where=str(path),
            fix="install that newer stevo, or set STEVO_HOME to another folder",
        )
    known = {f.name for f in fields(Home)}
    return Home(**{name: value for name, value in state.items() if name in known})


def update_home(settings: Settings, **changes: object) -> Home:
    """Change fields of `home.json` and write it atomically, making the home where it is missing."""
    old = read_home(settings) or Home(
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        environment=settings.environment,
    )
    new = replace(old, **changes)  # type: ignore[arg-type]
    if new != old or not (settings.home / "home.json").exists():
        write_json(settings.home / "home.json", asdict(new))
    return new


def widen_days(settings: Settings, days: list[date]) -> Home:
    """Make the home's first and last day span `days` too."""
    home = read_home(settings) or Home()
    known = [*(day.isoformat() for day in days), home.first_day, home.last_day]
    spanned = sorted(day for day in known if day)
    if not spanned:
        return update_home(settings)
    return update_home(settings, first_day=spanned[0], last_day=spanned[-1])


@contextmanager
def only_run(settings: Settings) -> Iterator[None]:
    """Hold the home's run lock: a second `stevo run` at the same time is refused.

    The kernel frees the lock of a killed process, so a rerun after a crash is never refused.

    Raises:
        StevoError: another one is at work.
    """
    refusal = StevoError(
        "another `stevo run` or `stevo backfill` is at work in this home",
        where=str(settings.home),
        fix="wait for it to end, or use another STEVO_HOME",
    )
    with held(_run_lock(settings), refusal):
        yield


@contextmanager
def beside_backfills(settings: Settings, recover: Callable[[], None]) -> Iterator[None]:
    """Hold the run lock together with other backfills: days have locks of their own.

    Args:
        settings: the home.
        recover: called first where nobody else is at work, for then what killed runs left is known
            to be dead.

    Raises:
        StevoError: a `stevo run` is at work.
    """
    path = _run_lock(settings)
    try:
        alone = FileLock.take(path, wait_seconds=0)
    except TimeoutError:
        pass  # Somebody is at work: what is dead cannot be told from what lives.
    else:
        try:
            recover()
        finally:
            alone.release()
    refusal = StevoError(
        "a `stevo run` is at work in this home",
        where=str(settings.home),
        fix="wait for it to end; backfills may go on beside each other, not beside a run",
    )
    with held(path, refusal, RECOVERY_SECONDS, shared=True):
        yield


def _run_lock(settings: Settings) -> Path:
    settings.home.mkdir(parents=True, exist_ok=True)
    return settings.home / "run.lock"


def write_json(path: Path, value: object) -> None:
    """Write JSON so that a kill or a power cut leaves the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    with new.open("w") as handle:
        handle.write(json.dumps(value, indent=2) + "\n")
        handle.flush()
        os.fsync(handle.fileno())
    new.replace(path)
    fsync_path(path.parent)
