"""Sensors: files in the inbox, and what went wrong.

Belongs here: what to look at, and how far it was looked at. Does not belong here: ingest or sinks.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from stevo_dagster.defs.automation.alerts import Alert, AlertSink
from stevo_dagster.defs.resources import HomeResource

BATCH = 200


def waiting_files(inbox: Path) -> list[Path]:
    """Files that wait in `inbox/<format>/`; names that begin with a dot are still being written."""
    if not inbox.is_dir():
        return []
    return sorted(
        entry
        for folder in inbox.iterdir()
        if folder.is_dir()
        for entry in folder.iterdir()
        if not entry.name.startswith(".")
    )


def inbox_key(paths: list[Path]) -> str:
    """A run key that changes when a file comes, goes or changes."""
    seen = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in paths]
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:16]


@dg.sensor(
    name="inbox",
    target=dg.AssetSelection.assets("landing_inbox", "quarantine", "ingest_ledger"),
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Requests one ingest run when files wait in landing/inbox/<format>/.",
)
def inbox_sensor(
    context: dg.SensorEvaluationContext, home: HomeResource
) -> dg.RunRequest | dg.SkipReason:
    """One run for whatever waits now."""
    paths = waiting_files(home.settings().inbox)
    if not paths:
        return dg.SkipReason("the inbox is empty")
    return dg.RunRequest(run_key=inbox_key(paths))


@dg.sensor(
    name="alerts",
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells the alert sink of failed runs and failed blocking checks, each once.",
)
def alert_sensor(
    context: dg.SensorEvaluationContext, alerts: AlertSink
) -> dg.SensorResult | dg.SkipReason:
    """Send what is new since the cursor."""
    cursor = json.loads(context.cursor) if context.cursor else {"runs": 0, "checks": 0}
    sent = 0
    for kind, storage_id, alert in (
        *failed_runs(context.instance, cursor["runs"]),
        *failed_checks(context.instance, cursor["checks"]),
    ):
        if alert is not None:
            alerts.send(alert)
            sent += 1
        cursor[kind] = storage_id
    context.update_cursor(json.dumps(cursor))
    return dg.SkipReason(f"{sent} alerts sent" if sent else "nothing went wrong")


Found = tuple[str, int, Alert | None]


def failed_runs(instance: dg.DagsterInstance, after: int) -> Iterator[Found]:
    """Run failures after a storage id, oldest first."""
    result = instance.fetch_run_status_changes(
        dg.RunStatusChangeRecordsFilter(
            event_type=dg.DagsterEventType.RUN_FAILURE, after_storage_id=after
        ),
        limit=BATCH,
        ascending=True,
    )
    for record in result.records:
        entry = record.event_log_entry
        yield (
            "runs",
            record.storage_id,
            Alert(
                kind="run_failure",
                subject=entry.job_name or "run",
                message=entry.user_message or entry.message,
                run_id=entry.run_id,
                at=_instant(entry.timestamp),
            ),
        )


def failed_checks(instance: dg.DagsterInstance, after: int) -> Iterator[Found]:
    """Checks after a storage id, oldest first; an alert for those that failed as errors."""
    records = instance.get_event_records(
        dg.EventRecordsFilter(dg.DagsterEventType.ASSET_CHECK_EVALUATION, after_cursor=after),
        limit=BATCH,
        ascending=True,
    )
    for record in records:
        entry = record.event_log_entry
        assert entry.dagster_event is not None
        found = entry.dagster_event.asset_check_evaluation_data
        is_wrong = not found.passed and found.severity == dg.AssetCheckSeverity.ERROR
        alert = Alert(
            kind="check_failure",
            subject=f"{found.asset_key.to_user_string()}: {found.check_name}",
            message=found.description or "a check failed",
            run_id=entry.run_id,
            at=_instant(entry.timestamp),
        )
        yield "checks", record.storage_id, alert if is_wrong else None


def _instant(timestamp: float) -> str:
    return datetime.fromtimestamp(timestamp, UTC).isoformat(timespec="seconds")
