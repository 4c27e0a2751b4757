"""Mending a home: what is damaged is made again from what it was made from.

Belongs here: the order, which is that of the data: tables of ingest from the landed originals, days
and windows from events, what Python makes from those, releases from the lake. Does not belong here:
finding damage (`doctor.py`).

A damaged version stays published until a sound one takes its place, so that readers are refused and
never given fewer rows. What Python makes is withdrawn first: it is one partition, and missing is
no less clear than damaged.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from stevo_dagster.building import Say
from stevo_dagster.chain import prepared
from stevo_dagster.derived import DERIVED
from stevo_dagster.doctor import damaged_partitions
from stevo_dagster.errors import StevoError
from stevo_dagster.home import only_run
from stevo_dagster.ingest import rebuild
from stevo_dagster.instance import open_instance
from stevo_dagster.lake import UNDATED, Lake, damage, day_of, load_manifest, releases
from stevo_dagster.runner import RunFailed, Runner
from stevo_dagster.settings import Settings
from stevo_dagster.warehouse.plan import DAY_MODELS, UNDATED_MODELS, WINDOW_MODELS

# Their rows are a record that nothing else holds.
RECORDS = ("experiments",)

Where = tuple[str, str]


@dataclass(frozen=True)
class Mended:
    """One damaged thing: what it is, and why it could not be mended; None where it was."""

    what: str
    problem: str | None = None


def repair(settings: Settings, say: Say) -> list[Mended]:
    """Make everything again that is damaged and can be made.

    Args:
        settings: the home.
        say: told of each phase.

    Returns:
        Everything that was damaged.

    Raises:
        StevoError: another run is at work in the home.
    """
    with only_run(settings), open_instance(settings) as instance:
        damaged = set(damaged_partitions(settings.lake))
        done = list(_ingested(settings, damaged, say))
        _withdraw(settings.lake, damaged)
        runner = prepared(settings, instance, say)
        done += _built(settings, runner, damaged)
        done += _derived(settings, runner, damaged)
        done += _released(settings)
    return done


def _ingested(settings: Settings, damaged: Iterable[Where], say: Say) -> Iterator[Mended]:
    wanted = sorted(one for one in damaged if one[0] in rebuild.TABLES)
    if not wanted:
        return
    say("repair", f"{len(wanted)} partitions of ingest, from the landed originals")
    reasons = rebuild.rebuild(settings, f"repair-{uuid.uuid4().hex[:12]}", wanted)
    for one in wanted:
        yield Mended(" ".join(one), reasons.get(one))


def _built(settings: Settings, runner: Runner, damaged: Iterable[Where]) -> Iterator[Mended]:
    """Days before the windows that read them, then the undated tables."""
    for models in (DAY_MODELS, WINDOW_MODELS, UNDATED_MODELS):
        by_part: dict[str, list[str]] = {}
        for table, part in sorted(damaged):
            if table in models:
                by_part.setdefault(part, []).append(table)
        for part, names in by_part.items():
            days = None if part == UNDATED else (day_of(part), day_of(part))
            try:
                runner.materialise(names, days)
            except RunFailed as error:
                yield from (Mended(f"{name} {part}", error.problem) for name in names)
            else:
                yield from (_looked_at(settings.lake, name, part) for name in names)


def _derived(settings: Settings, runner: Runner, damaged: Iterable[Where]) -> Iterator[Mended]:
    wanted = sorted(one for one in damaged if one[0] in DERIVED)
    if any(table not in RECORDS for table, _ in wanted):
        try:
            runner.materialise(runner.made_names(), phase="repair")
        except RunFailed as error:
            yield from (Mended(" ".join(one), error.problem) for one in wanted)
            return
    for table, part in wanted:
        if table in RECORDS:
            yield Mended(f"{table} {part}", "it is a record that nothing else holds")
        else:
            yield _looked_at(settings.lake, table, part)


def _released(settings: Settings) -> Iterator[Mended]:
    for release in releases.list_releases(settings.releases):
        for path in releases.damaged_files(release):
            is_table = path.suffix == ".parquet"
            sound = is_table and releases.restore_table(release, path.stem, settings.lake)
            reason = "the version of the lake that it was copied from is gone or damaged"
            yield Mended(str(path), None if sound else reason if is_table else "it has no copy")


def _withdraw(lake: Lake, damaged: Iterable[Where]) -> None:
    """Take back what Python makes, which is made where it is missing, and what has no readable
    manifest, which stops every plan.
    """
    for table, part in damaged:
        link = lake.link(table, part)
        if table in DERIVED and table not in RECORDS:
            link.unlink()
        elif table in (*DAY_MODELS, *WINDOW_MODELS, *UNDATED_MODELS):
            try:
                load_manifest(link.resolve())
            except StevoError:
                link.unlink()


def _looked_at(lake: Lake, table: str, part: str) -> Mended:
    problem = damage(lake.link(table, part).resolve())
    return Mended(f"{table} {part}", problem.problem if problem else None)
