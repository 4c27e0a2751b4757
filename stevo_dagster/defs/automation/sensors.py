"""Sensors: files in the inbox, and what went wrong.

Belongs here: what to look at, and how far it was looked at. Does not belong here: ingest or sinks.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from stevo_dagster.chain import waiting_files
from stevo_dagster.defs.automation.alerts import Alert, AlertSink
from stevo_dagster.defs.resources import HomeResource

BATCH = 200
REMEMBERED = 500
SENSOR_NAME_TAG = "dagster/sensor_name"


def inbox_key(paths: list[Path], now: datetime) -> str:
    """A run key that changes when a file comes, goes or changes, and every hour.

    What a run left waiting, because it was killed or something was busy, is so tried again, and
    not more often than that.
    """
    seen = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in paths]
    return hashlib.sha256(json.dumps([seen, f"{now:%Y%m%d%H}"]).encode()).hexdigest()[:16]


@dg.sensor(
    name="inbox",
    target=dg.AssetSelection.assets("landing_inbox", "quarantine", "ingest_ledger")
    | dg.AssetSelection.checks_for_assets("events"),
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
    if _is_at_work(context.instance):
        return dg.SkipReason("the inbox is being emptied")
    return dg.RunRequest(run_key=inbox_key(paths, datetime.now(UTC)))


def _is_at_work(instance: dg.DagsterInstance) -> bool:
    asked = dg.RunsFilter(
        tags={SENSOR_NAME_TAG: "inbox"},
        statuses=[
            dg.DagsterRunStatus.QUEUED,
            dg.DagsterRunStatus.NOT_STARTED,
            dg.DagsterRunStatus.STARTING,
            dg.DagsterRunStatus.STARTED,
        ],
    )
    return instance.get_runs_count(asked) > 0


@dg.sensor(
    name="alerts",
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells the alert sink of failed runs and failed blocking checks, each once.",
)
def alert_sensor(context: dg.SensorEvaluationContext, alerts: AlertSink) -> dg.SkipReason:
    """Send what went wrong in the runs that ended since the cursor."""
    cursor = json.loads(context.cursor) if context.cursor else {"after": 0.0, "told": []}
    sent = 0
    for record in ended_runs(context.instance, cursor["after"]):
        if record.dagster_run.run_id not in cursor["told"]:
            for alert in alerts_of(context.instance, record):
                alerts.send(alert)
                sent += 1
        # A run's record may change after its end, so the time alone does not say what was told.
        told = [*cursor["told"], record.dagster_run.run_id][-REMEMBERED:]
        cursor = {"after": _ended(record).timestamp(), "told": told}
    context.update_cursor(json.dumps(cursor))
    return dg.SkipReason(f"{sent} alerts sent" if sent else "nothing went wrong")


def ended_runs(instance: dg.DagsterInstance, after: float) -> Sequence[dg.RunRecord]:
    """Runs whose records changed after an instant (Unix seconds) and that have ended."""
    return instance.get_run_records(
        dg.RunsFilter(
            statuses=[dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.SUCCESS],
            updated_after=datetime.fromtimestamp(after, UTC),
        ),
        limit=BATCH,
        order_by="update_timestamp",
        ascending=True,
    )


def alerts_of(instance: dg.DagsterInstance, record: dg.RunRecord) -> Iterator[Alert]:
    """Failed blocking checks of a run, and its own failure."""
    run = record.dagster_run
    at = _ended(record).isoformat(timespec="seconds")
    for entry in instance.all_logs(run.run_id, dg.DagsterEventType.ASSET_CHECK_EVALUATION):
        assert entry.dagster_event is not None
        found = entry.dagster_event.asset_check_evaluation_data
        if not found.passed and found.severity == dg.AssetCheckSeverity.ERROR:
            subject = f"{found.asset_key.to_user_string()}: {found.check_name}"
            yield Alert(
                "check_failure", subject, found.description or "a check failed", run.run_id, at
            )
    if run.status == dg.DagsterRunStatus.FAILURE:
        yield Alert("run_failure", run.job_name, _reason(instance, run.run_id), run.run_id, at)


def _ended(record: dg.RunRecord) -> datetime:
    # SQLite gives times without a zone, Postgres with one; both are UTC.
    stamp = record.update_timestamp
    return stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)


def _reason(instance: dg.DagsterInstance, run_id: str) -> str:
    for entry in instance.all_logs(run_id, dg.DagsterEventType.STEP_FAILURE):
        assert entry.dagster_event is not None
        error = entry.dagster_event.step_failure_data.error
        while error is not None and error.cause is not None:
            error = error.cause
        if error is not None:
            return f"{entry.dagster_event.step_key}: {error.message.strip()}"
    return "the run failed"
