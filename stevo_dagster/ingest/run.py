"""Ingest of one file from its path to its ledger row, and of everything in the inbox.

Belongs here: the order of the steps. Does not belong here: the steps.
"""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq

from stevo_dagster.errors import Busy, StevoError
from stevo_dagster.home import widen_days
from stevo_dagster.ingest import write
from stevo_dagster.ingest.audit import audit_days
from stevo_dagster.ingest.landing import Landed, land
from stevo_dagster.ingest.ledger import IngestResult, LedgerRow
from stevo_dagster.ingest.parse import Parsed, parse
from stevo_dagster.ingest.pseudonym import pseudonyms, suppressed_users
from stevo_dagster.ingest.settle import Settled, open_settling, settle
from stevo_dagster.ingest.validate import Rules
from stevo_dagster.lake import lock, manifest, run_staging
from stevo_dagster.settings import Settings
from stevo_dagster.sources.registry import reader_of

SETTLE_WAIT_SECONDS = 600.0


def ingest_path(
    settings: Settings, path: Path, format: str, source: str, run_id: str
) -> IngestResult:
    """Take a file, or a folder of files, into the lake.

    Args:
        settings: the home.
        path: what to read; it is copied, and not changed.
        format: name of a reader.
        source: the source's name, within which event ids are unique.
        run_id: the run's name in the ledger.

    Returns:
        What was done; no ledger row where the same bytes were known.

    Raises:
        StevoError: the file cannot be read, or too many of its lines are quarantined; nothing is
            then published.
    """
    landed = land(settings, path, format, source)
    if _is_known(settings, landed):
        return IngestResult([landed.file_id], [], [])
    with run_staging(settings.lake, run_id):
        return take_in(settings, landed, run_id)


def take_in(settings: Settings, landed: Landed, run_id: str) -> IngestResult:
    """Take a landed file into the lake; hold `lake.run_staging` around it.

    Raises:
        StevoError: as `ingest_path`.
    """
    parsed = parse(
        landed,
        settings.lake.staging(run_id) / "parsed",
        rules_of(settings, landed),
        pseudonyms(settings),
        suppressed_users(settings),
    )
    _check_share(settings, landed, parsed)
    with lock(settings.lake, "events", "ingest", SETTLE_WAIT_SECONDS):
        if _is_known(settings, landed):
            return IngestResult([landed.file_id], [], [])
        return _settle_and_publish(settings, landed, parsed, run_id)


def rules_of(settings: Settings, landed: Landed) -> Rules:
    """The limits of a file's values."""
    return Rules(settings.event_at_min, settings.event_at_max, landed.received_at)


def ledger_row(landed: Landed, run_id: str, parsed: Parsed, settled: Settled) -> LedgerRow:
    """The audited ledger row of one pass."""
    row = LedgerRow(
        landed.file_id,
        landed.source,
        landed.format,
        run_id,
        landed.received_at,
        parsed.lines,
        settled.accepted,
        settled.late_accepted,
        settled.duplicate,
        settled.conflict,
        parsed.refused_lines,
        parsed.suppressed,
    )
    row.audit()
    return row


def ingest_inbox(settings: Settings, run_id: str) -> list[IngestResult]:
    """Take everything that waits in `inbox/<format>/`, in name order; the format is the source.

    A file is removed once it is in the lake. One that fails is moved to `landing/rejected/`, with
    its error beside it, and does not keep the others from being taken.

    Raises:
        StevoError: the home has no usable pseudonym key, which is no file's fault; all stay.
        Busy: another process wrote the same days for too long; this file and those after it stay.
    """
    results = []
    waiting = _waiting(settings.inbox)
    if waiting:
        pseudonyms(settings)
    for path in waiting:
        form = path.parent.name
        try:
            results.append(ingest_path(settings, path, form, _source_of(form), run_id))
        except Busy:
            raise
        except StevoError as error:
            _reject(settings, path, error)
        else:
            _remove(path)
    return results


def _is_known(settings: Settings, landed: Landed) -> bool:
    partition = write.file_partition(landed.file_id)
    return manifest(settings.lake, "ingest_ledger", partition) is not None


def _settle_and_publish(
    settings: Settings, landed: Landed, parsed: Parsed, run_id: str
) -> IngestResult:
    lake = settings.lake
    with open_settling(settings, lake.staging(run_id) / "spill") as con:
        settled = settle(con, settings, landed, parsed.candidates)
        row = ledger_row(landed, run_id, parsed, settled)
        conflicts = write.conflict_rows(con, landed, run_id)
        files = write.stage_days(con, lake, run_id, settled.days)
    audit_days(settings, run_id, settled.days)
    quarantine = write.refused_rows(landed, run_id, parsed)
    widen_days(settings, settled.days)
    write.publish_days(lake, run_id, files)
    write.publish_accounting(lake, run_id, landed.file_id, quarantine, conflicts, [row])
    return IngestResult([landed.file_id], settled.days, [row])


def _check_share(settings: Settings, landed: Landed, parsed: Parsed) -> None:
    if parsed.refused_lines <= settings.max_quarantine_share * parsed.lines:
        return
    table = pq.read_table(parsed.refused, columns=["reason", "message", "line_number"]).to_pylist()
    counts = Counter(row["reason"] for row in table)
    told = ", ".join(f"{count:,} {reason}" for reason, count in counts.most_common(3))
    first = table[0]
    raise StevoError(
        f"{parsed.refused_lines:,} of {parsed.lines:,} lines would be quarantined ({told}), over"
        f" the limit of {settings.max_quarantine_share:.0%}; nothing was published",
        where=f"{landed.name}, line {first['line_number']}: {first['message']}",
        fix="check --format, and mend the file",
    )


def _source_of(form: str) -> str:
    return reader_of(form).format


def _waiting(inbox: Path) -> list[Path]:
    """Files by format and name; names that begin with a dot are still being written."""
    folders = sorted(path for path in inbox.iterdir() if path.is_dir()) if inbox.is_dir() else []
    return [
        path
        for folder in folders
        for path in sorted(folder.iterdir())
        if not path.name.startswith(".")
    ]


def _remove(path: Path) -> None:
    """Take a file, a folder or a link away; what a link points to stays."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _reject(settings: Settings, path: Path, error: StevoError) -> None:
    folder = settings.landing / "rejected"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target, number = folder / path.name, 1
    while target.exists():
        number += 1
        target = folder / f"{path.name}.{number}"
    shutil.move(path, target)
    target.with_name(f"{target.name}.error.txt").write_text(f"{error}\n")
