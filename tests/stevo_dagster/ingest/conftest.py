"""Fixtures of tests of ingest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from stevo_dagster.ingest import IngestResult, ingest_path
from stevo_dagster.settings import Settings
from tests.stevo_dagster.ingest.kit import Lines, as_bytes


@pytest.fixture
def take(settings: Settings, tmp_path: Path) -> Callable[..., IngestResult]:
    """Ingest lines as a file of a source."""
    runs = iter(range(1000))

    def ingest(
        lines: Lines, source: str = "web", settings: Settings = settings, name: str = "events.jsonl"
    ) -> IngestResult:
        path = tmp_path / name
        path.write_bytes(as_bytes(lines))
        return ingest_path(settings, path, "events", source, f"run-{next(runs)}")

    return ingest
