"""Alerts: one JSON object a line, and a sink of one's own in one place."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from stevo_dagster.definitions import build_defs
from stevo_dagster.defs.automation.alerts import Alert, AlertSink, LogFileSink
from stevo_dagster.warehouse.build import ensure_manifest

ALERT = Alert(
    kind="run_failure",
    subject="build_day",
    message="int_events_clean: the disk is full\nline two – “quoted”",
    run_id="r1",
    at="2024-03-01T06:15:00+00:00",
)


class Kept(AlertSink):
    """Keeps alerts in a file's name, as another sink would send them."""

    folder: str

    def send(self, alert: Alert) -> None:
        (Path(self.folder) / alert.kind).write_text(alert.subject)


def test_each_alert_is_one_line_that_can_be_read_back(tmp_path):
    sink = LogFileSink(path=str(tmp_path / "not" / "yet" / "alerts.jsonl"))
    sink.send(ALERT)
    sink.send(ALERT)
    lines = Path(sink.path).read_text().splitlines()
    assert [Alert(**json.loads(line)) for line in lines] == [ALERT, ALERT]
    assert set(json.loads(lines[0])) == set(asdict(ALERT))


def test_a_sink_that_cannot_write_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        LogFileSink(path=str(tmp_path / "file" / "alerts.jsonl")).send(ALERT)


def test_a_sink_must_say_how_it_sends():
    with pytest.raises(TypeError, match="abstract"):
        AlertSink()  # type: ignore[abstract]


def test_another_sink_takes_the_place_of_the_log_file(settings, tmp_path):
    ensure_manifest()
    built = build_defs({"settings": settings, "alerts": Kept(folder=str(tmp_path))})
    sink = (built.resources or {})["alerts"]
    sink.send(ALERT)
    assert (tmp_path / "run_failure").read_text() == "build_day"
    default = (build_defs({"settings": settings}).resources or {})["alerts"]
    assert default.path == str(settings.home / "alerts.jsonl")
