"""The inbox sensor asks once for what waits; the alert sensor tells each failure once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from stevo_dagster.defs.automation.alerts import LogFileSink
from stevo_dagster.defs.automation.sensors import (
    alert_sensor,
    inbox_key,
    inbox_sensor,
    waiting_files,
)
from stevo_dagster.defs.resources import HomeResource
from stevo_dagster.instance import open_instance
from stevo_dagster.settings import Settings


@pytest.fixture
def instance(settings: Settings):
    with open_instance(settings) as opened:
        yield opened


def drop(settings: Settings, name: str, text: str = "x") -> Path:
    path = settings.inbox / "events" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def look(settings: Settings, instance: dg.DagsterInstance):
    context = dg.build_sensor_context(
        instance=instance, resources={"home": HomeResource(path=str(settings.home))}
    )
    return inbox_sensor(context)


def test_an_empty_inbox_asks_for_nothing(settings, instance):
    assert isinstance(look(settings, instance), dg.SkipReason)


def test_a_waiting_file_asks_once_until_the_inbox_changes(settings, instance):
    drop(settings, "a.jsonl")
    first = look(settings, instance)
    assert isinstance(first, dg.RunRequest)
    assert look(settings, instance).run_key == first.run_key
    drop(settings, "b.jsonl")
    assert look(settings, instance).run_key != first.run_key


def test_what_a_run_left_waiting_is_asked_for_again_in_another_hour(settings):
    path = drop(settings, "a.jsonl")
    noon = datetime(2024, 3, 1, 12, 0, tzinfo=UTC)
    key = inbox_key([path], noon)
    assert inbox_key([path], noon + timedelta(minutes=59)) == key
    assert inbox_key([path], noon + timedelta(minutes=60)) != key


def test_a_second_run_is_not_asked_for_while_one_is_at_work(settings, instance):
    drop(settings, "a.jsonl")
    run = instance.create_run_for_job(
        broken_job, tags={"dagster/sensor_name": "inbox"}, status=dg.DagsterRunStatus.STARTED
    )
    assert isinstance(look(settings, instance), dg.SkipReason)
    instance.report_run_canceled(run)
    assert isinstance(look(settings, instance), dg.RunRequest)


def test_files_that_are_still_being_written_do_not_wait(settings, instance):
    drop(settings, ".a.jsonl.part")
    assert waiting_files(settings.inbox) == []


@dg.op
def broken():
    raise ValueError("the disk is full")


@dg.job
def broken_job():
    broken()


@dg.asset(
    check_specs=[
        dg.AssetCheckSpec("bad", asset="checked", blocking=True),
        dg.AssetCheckSpec("doubtful", asset="checked"),
    ]
)
def checked():
    yield dg.MaterializeResult()
    yield dg.AssetCheckResult(check_name="bad", passed=False, description="5 rows are wrong")
    yield dg.AssetCheckResult(
        check_name="doubtful", passed=False, severity=dg.AssetCheckSeverity.WARN
    )


def tick(instance: dg.DagsterInstance, sink: LogFileSink, cursor: str | None) -> str | None:
    context = dg.build_sensor_context(instance=instance, cursor=cursor, resources={"alerts": sink})
    alert_sensor(context)
    return context.cursor


def told(sink: LogFileSink) -> list[dict[str, str]]:
    path = Path(sink.path)
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_failures_are_told_once_and_warnings_never(settings, instance):
    sink = LogFileSink(path=str(settings.home / "alerts.jsonl"))
    cursor = tick(instance, sink, None)
    assert told(sink) == []
    broken_job.execute_in_process(instance=instance, raise_on_error=False)
    dg.materialize([checked], instance=instance, raise_on_error=False)
    cursor = tick(instance, sink, cursor)
    kinds = sorted((alert["kind"], alert["subject"]) for alert in told(sink))
    assert ("check_failure", "checked: bad") in kinds
    assert ("run_failure", "broken_job") in kinds
    assert not any("doubtful" in subject for _, subject in kinds)
    count = len(told(sink))
    tick(instance, sink, cursor)
    assert len(told(sink)) == count


def test_a_sink_that_fails_gets_the_alert_again(settings, instance):
    broken_job.execute_in_process(instance=instance, raise_on_error=False)
    unwritable = settings.home / "a-file"
    unwritable.write_text("")
    with pytest.raises(OSError):
        tick(instance, LogFileSink(path=str(unwritable / "alerts.jsonl")), None)
    sink = LogFileSink(path=str(settings.home / "alerts.jsonl"))
    tick(instance, sink, None)
    assert [alert["kind"] for alert in told(sink)] == ["run_failure"]
