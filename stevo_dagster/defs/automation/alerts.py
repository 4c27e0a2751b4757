"""Alerts: what went wrong, and where it is told.

Belongs here: the alert, the interface of sinks and the default sink. Does not belong here: finding
out that something went wrong (`sensors.py`).
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from pathlib import Path

import dagster as dg


@dataclass(frozen=True)
class Alert:
    """One thing that needs a person.

    `kind` is run_failure or check_failure; `at` is UTC, ISO 8601.
    """

    kind: str
    subject: str
    message: str
    run_id: str
    at: str


class AlertSink(dg.ConfigurableResource, ABC):
    """Where alerts go. Another sink is a subclass, passed as `build_defs({"alerts": sink})`."""

    @abstractmethod
    def send(self, alert: Alert) -> None:
        """Tell it. Raising leaves the alert for the next tick."""


class LogFileSink(AlertSink):
    """Appends one JSON object a line to a file."""

    path: str

    def send(self, alert: Alert) -> None:
        """Append the alert."""
        target = Path(self.path)
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("a") as handle:
            handle.write(json.dumps(asdict(alert)) + "\n")
