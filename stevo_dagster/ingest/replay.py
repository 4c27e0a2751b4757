"""Replay: another try at quarantined lines, after settings or readers have changed.

Belongs here: which lines are tried, and what leaves quarantine. Does not belong here: the steps
that every ingest takes.

The lines that leave get a ledger row of their own; the first row stays as it was. A replay that was
killed is known by lines marked as replayed by a run that the ledger lacks: they are tried again,
and their rows in `events` count as their own.
"""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq

from stevo_dagster.home import widen_days
from stevo_dagster.ingest import write
from stevo_dagster.ingest.audit import audit_days
from stevo_dagster.ingest.landing import Landed, find_landed
from stevo_dagster.ingest.ledger import IngestResult
from stevo_dagster.ingest.parse import Parsed, parse
from stevo_dagster.ingest.pseudonym import pseudonyms, suppressed_users
from stevo_dagster.ingest.run import SETTLE_WAIT_SECONDS, ledger_row, rules_of
from stevo_dagster.ingest.settle import open_settling, settle
from stevo_dagster.lake import lock, partitions, run_staging
from stevo_dagster.settings import Settings


def replay(settings: Settings, run_id: str, file_id: str | None = None) -> list[IngestResult]:
    """Try every open quarantined line again.

    Args:
        settings: the home.
        run_id: the run's name in the ledger.
        file_id: one file; None means all.

    Returns:
        One result for each file of which lines left quarantine.
    """
    known = [name.removeprefix("file=") for name in partitions(settings.lake, "ingest_ledger")]
    wanted = known if file_id is None else [file_id]
    done = []
    with lock(settings.lake, "events", "ingest", SETTLE_WAIT_SECONDS):
        for one in wanted:
            landed = find_landed(settings, one)
            if one not in known:
                continue
            with run_staging(settings.lake, run_id):
                result = _replay_file(settings, as_ledger_says(settings, landed), run_id)
            if result is not None:
                done.append(result)
    return done


def as_ledger_says(settings: Settings, landed: Landed) -> Landed:
    """The sidecar knows the first landing; the ledger knows under which names it was ingested."""
    first = write.ledger_of(settings.lake, landed.file_id)[0]
    return replace(landed, source=first.source, format=first.format)


def _replay_file(settings: Settings, landed: Landed, run_id: str) -> IngestResult | None:
    lake = settings.lake
    ledger = write.ledger_of(settings.lake, landed.file_id)
    old = write.accounting(lake, "quarantine", landed.file_id)
    conflicts = write.accounting(lake, "conflicts", landed.file_id)
    assert old is not None and conflicts is not None
    runs = {row.run_id for row in ledger}
    tried = {
        row["line_number"]
        for row in old.select(["line_number", "status", "run_id"]).to_pylist()
        if row["status"] == "open" or row["run_id"] not in runs
    }
    if not tried:
        return None
    parsed = parse(
        landed,
        lake.staging(run_id) / "parsed",
        rules_of(settings, landed),
        pseudonyms(settings),
        suppressed_users(settings),
        tried,
    )
    kept = set(pq.read_table(parsed.refused, columns=["line_number"])["line_number"].to_pylist())
    left = tried - kept
    if not left:
        return None
    only_left = Parsed(parsed.candidates, parsed.refused, len(left), 0, parsed.suppressed)
    with open_settling(settings, lake.staging(run_id) / "spill") as con:
        settled = settle(con, settings, landed, parsed.candidates, left)
        row = ledger_row(landed, run_id, only_left, settled)
        others = _without(conflicts, left)
        conflicts = pa.concat_tables([others, write.conflict_rows(con, landed, run_id)])
        files = write.stage_days(con, lake, run_id, settled.days)
    audit_days(settings, run_id, settled.days)
    widen_days(settings, settled.days)
    write.publish_days(lake, run_id, files)
    quarantine = write.replayed_quarantine(old, left, run_id)
    write.publish_accounting(lake, run_id, landed.file_id, quarantine, conflicts, [*ledger, row])
    return IngestResult([landed.file_id], settled.days, [row])


def _without(rows: pa.Table, numbers: set[int]) -> pa.Table:
    """Rows but those of some lines, which an unfinished replay may have left."""
    kept = [number not in numbers for number in rows.column("line_number").to_pylist()]
    return rows.cast(write.QUARANTINE).filter(pa.array(kept, pa.bool_()))
