"""Fixtures every part shares: a home in a temporary folder, and the research data where it is."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from stevo_dagster.lake import FileLock, Lake
from stevo_dagster.settings import PROJECT_ROOT, Settings, load_settings

LONGEST = 900.0


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that `make` fills once a test session, whichever worker asks first."""
    base = factory.getbasetemp()
    # Each worker of pytest-xdist has a folder of its own below the session's.
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    folder.mkdir(exist_ok=True)
    alone = FileLock.take(folder / "lock", wait_seconds=LONGEST)
    try:
        if not (folder / "done").exists():
            make(folder)
            (folder / "done").touch()
    finally:
        alone.release()
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Modules with a slow test come first, so that no worker is left alone with one at the end."""
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)


@event.listens_for(Engine, "connect")
def _never_wait_for_the_disk(connection: object, _: object) -> None:
    """Dagster's SQLite opens, syncs and closes for each event, and no test outlives a power cut."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("pragma synchronous = off")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests see the settings' defaults, never the caller's home."""
    for name in ("STEVO_HOME", "STEVO_COUNTRY", "STEVO_PSEUDONYM_KEY", "DAGSTER_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("STEVO_ENV", "ci")
    monkeypatch.setenv("GX_ANALYTICS_ENABLED", "false")
    monkeypatch.setenv("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
    monkeypatch.setenv("DAGSTER_DISABLE_TELEMETRY", "1")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of an empty home, which `STEVO_HOME` names too."""
    home = tmp_path / "home"
    monkeypatch.setenv("STEVO_HOME", str(home))
    return load_settings()


@pytest.fixture
def lake(settings: Settings) -> Lake:
    """The lake of the empty home."""
    return settings.lake


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder of research data beside the checkout; its tests skip where it is missing."""
    folder = PROJECT_ROOT.parent / "shared"
    if not (folder / "data").is_dir():
        pytest.skip("the research data is not on this machine")
    return folder
