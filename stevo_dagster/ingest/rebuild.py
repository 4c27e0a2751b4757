"""Damaged tables of ingest, made again from the landed originals.

Belongs here: taking every landed file in again, aside, and publishing what comes out as it was.
Does not belong here: finding damage (`doctor.py`) or the tables made from events (`repair.py`).

The files are taken in the order in which they came, because of two lines with one id the first
wins. Nothing is published that is not, by its content hash, what the damaged version was. Lines
that a replay took in, people suppressed since, and damaged originals give other rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path

import duckdb

from stevo_dagster.errors import StevoError
from stevo_dagster.ingest.landing import Landed, damaged_originals, find_landed
from stevo_dagster.ingest.replay import as_ledger_says
from stevo_dagster.ingest.run import SETTLE_WAIT_SECONDS, take_in
from stevo_dagster.ingest.write import ledger_of
from stevo_dagster.lake import (
    Lake,
    Manifest,
    damage,
    files,
    load_manifest,
    lock,
    manifest,
    partitions,
    publish,
    run_staging,
    scan,
    sql_text,
)
from stevo_dagster.settings import Settings

TABLES = ("events", "quarantine", "conflicts", "ingest_ledger")
# The clock at which a line was put aside is in no original; the manifest has it to the second.
CLOCK = "quarantined_at"


def rebuild(
    settings: Settings, run_id: str, damaged: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """Make damaged partitions of `TABLES` again.

    Args:
        settings: the home.
        run_id: names the staging folder.
        damaged: (table, partition) of each.

    Returns:
        Why it could not be done, for those that it could not be done for.
    """
    lake, lost = settings.lake, damaged_originals(settings)
    with lock(lake, "events", "ingest", SETTLE_WAIT_SECONDS), run_staging(lake, run_id):
        again = _take_all_in(settings, lake.staging(run_id) / "again", run_id, lost)
        reasons = {one: _put_back(lake, again, run_id, *one) for one in damaged}
    told = f"; damaged originals: {', '.join(map(str, lost))}" if lost else ""
    return {one: reason + told for one, reason in reasons.items() if reason is not None}


def _take_all_in(settings: Settings, home: Path, run_id: str, lost: Collection[Path]) -> Lake:
    """A lake aside with every file that was taken in, but for those whose original is lost."""
    home.mkdir(parents=True)
    for name in ("landing", "secrets"):
        (home / name).symlink_to(settings.home / name)
    aside = replace(settings, home=home)
    known = [name.removeprefix("file=") for name in partitions(settings.lake, "ingest_ledger")]
    came = sorted((find_landed(settings, one) for one in known), key=lambda one: one.received_at)
    for landed in came:
        if set(lost).isdisjoint(landed.files.values()):
            take_in(aside, *_as_taken_in(settings, landed, run_id))
    return aside.lake


def _as_taken_in(settings: Settings, landed: Landed, run_id: str) -> tuple[Landed, str]:
    """The file under the names it was taken in by, and the run that did; of a damaged ledger the
    manifest knows the run.
    """
    try:
        first = ledger_of(settings.lake, landed.file_id)[0]
        return as_ledger_says(settings, landed), first.run_id
    except StevoError:
        link = settings.lake.link("ingest_ledger", f"file={landed.file_id}")
        try:
            return landed, load_manifest(link.resolve()).run_id
        except StevoError:
            return landed, run_id


def _put_back(lake: Lake, again: Lake, run_id: str, table: str, partition: str) -> str | None:
    """Publish the rebuilt partition if it is what the damaged one was; else the reason."""
    found = manifest(again, table, partition)
    if found is None:
        return "the landed originals no longer give it"
    folder = lake.link(table, partition).resolve()
    try:
        was = load_manifest(folder)
    except StevoError:
        if found.version != folder.name:
            return "its manifest is damaged too, and the landed originals give another version"
        was = found
    (rebuilt,) = files(again, table, [partition])
    staged = lake.staged_file(run_id, table, partition)
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        con.execute(
            f"copy (select * {_clock_of(found, was)} from {scan([rebuilt])})"
            f" to {sql_text(str(staged))} (format parquet, compression zstd)"
        )
    is_clocked = any(column["name"] == CLOCK for column in found.schema)
    if found.content_hash != was.content_hash and not (is_clocked and found.rows == was.rows):
        return (
            f"the landed originals give other rows than it had ({found.rows:,}, it had"
            f" {was.rows:,}), as after a replay or a suppression"
        )
    publish(
        lake, run_id, table, partition, code_hash=was.code_hash, inputs=was.inputs, wait_seconds=60
    )
    problem = damage(lake.link(table, partition).resolve())
    return problem.problem if problem else None


def _clock_of(found: Manifest, was: Manifest) -> str:
    if all(column["name"] != CLOCK for column in found.schema):
        return ""
    return f"replace ({sql_text(was.created_at)}::timestamptz as {CLOCK})"
