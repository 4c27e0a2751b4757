"""Settings of one stevo home: environments, paths and limits, read once from the environment.

Belongs here: everything a user can set. Does not belong here: state that the chain itself writes
(`home.py`). Environments are explicit: an unknown name is an error, never a fallback.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from stevo_dagster.errors import StevoError
from stevo_dagster.lake.layout import Lake

PROJECT_ROOT = Path(__file__).resolve().parent.parent
DBT_PROJECT_DIR = PROJECT_ROOT / "dbt_project"
# dbt's manifest of the parsed project, which everything that needs the graph reads.
MANIFEST_PATH = DBT_PROJECT_DIR / "target" / "manifest.json"


@dataclass(frozen=True)
class Limits:
    """What one process may use, and where checks draw their lines."""

    memory: str = "3GB"
    threads: int = 2
    max_quarantine_share: float = 0.5


ENVIRONMENTS: Mapping[str, Limits] = {
    "demo": Limits(),
    "dev": Limits(),
    "ci": Limits(memory="2GB"),
    "prod": Limits(memory="8GB", threads=os.cpu_count() or 2, max_quarantine_share=0.05),
}

# What builds the warehouse: `duckdb` in one process, or `spark`, whose master is `spark_master`; no
# master means this machine, within the limits.
ENGINES = ("duckdb", "spark")


@dataclass(frozen=True)
class Settings:
    """One home and its limits. Times are UTC."""

    environment: str
    home: Path
    engine: str = "duckdb"
    spark_master: str | None = None
    country: str = "US"
    watermark_hours: int = 6
    keep_releases: int = 5
    keep_versions: int = 2
    k_anonymity: int = 10
    event_at_min: datetime = datetime(1990, 1, 1, tzinfo=UTC)
    event_at_max: datetime = datetime(2100, 1, 1, tzinfo=UTC)
    limits: Limits = field(default_factory=Limits)

    @property
    def lake(self) -> Lake:
        """The lake of this home."""
        return Lake(self.home / "lake")

    @property
    def landing(self) -> Path:
        """Where original bytes are kept."""
        return self.home / "landing"

    @property
    def inbox(self) -> Path:
        """Where files wait for the sensor, one folder a format."""
        return self.landing / "inbox"

    @property
    def releases(self) -> Path:
        """Where releases are published."""
        return self.home / "releases"

    @property
    def models(self) -> Path:
        """Where checkpoints are kept."""
        return self.home / "models"

    @property
    def secrets(self) -> Path:
        """Outside the lake: the pseudonym key and the list of suppressed users."""
        return self.home / "secrets"

    @property
    def dagster_home(self) -> Path:
        """DAGSTER_HOME of this home."""
        return self.home / "dagster"

    @property
    def memory_limit(self) -> str:
        """DuckDB's memory limit, as DuckDB writes it."""
        return self.limits.memory

    @property
    def threads(self) -> int:
        """Threads of one DuckDB connection."""
        return self.limits.threads

    @property
    def max_quarantine_share(self) -> float:
        """Share of a file's lines that may be quarantined before its ledger check blocks."""
        return self.limits.max_quarantine_share


def load_settings(home: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment.

    Args:
        home: the home folder; default `STEVO_HOME`, else `.stevo` in the working folder.
        environ: what to read instead of `os.environ`.

    Raises:
        StevoError: an unknown environment or engine, or a value that is not of its kind.
    """
    env = os.environ if environ is None else environ
    name = env.get("STEVO_ENV", "dev")
    if name not in ENVIRONMENTS:
        raise StevoError(
            f"unknown environment {name!r}",
            where="STEVO_ENV",
            fix=f"set STEVO_ENV to one of: {', '.join(ENVIRONMENTS)}",
        )
    return Settings(
        environment=name,
        engine=_engine(env),
        spark_master=env.get("STEVO_SPARK_MASTER") or None,
        home=(home or Path(env.get("STEVO_HOME", ".stevo"))).absolute(),
        country=env.get("STEVO_COUNTRY", "US"),
        watermark_hours=_whole_number(env, "STEVO_WATERMARK_HOURS", 6),
        keep_releases=_whole_number(env, "STEVO_KEEP_RELEASES", 5, least=1),
        keep_versions=_whole_number(env, "STEVO_KEEP_VERSIONS", 2, least=1),
        event_at_min=_instant(env, "STEVO_EVENT_AT_MIN", Settings.event_at_min),
        event_at_max=_instant(env, "STEVO_EVENT_AT_MAX", Settings.event_at_max),
        limits=ENVIRONMENTS[name],
    )


def _engine(env: Mapping[str, str]) -> str:
    name = env.get("STEVO_ENGINE") or ENGINES[0]
    if name not in ENGINES:
        raise StevoError(
            f"unknown engine {name!r}",
            where="STEVO_ENGINE",
            fix=f"set STEVO_ENGINE to one of: {', '.join(ENGINES)}",
        )
    return name


def _whole_number(env: Mapping[str, str], name: str, default: int, least: int = 0) -> int:
    text = env.get(name)
    if text is None:
        return default
    if not text.isdecimal() or int(text) < least:
        raise StevoError(
            f"{text!r} is not a whole number of at least {least}", where=name, fix=f"unset {name}"
        )
    return int(text)


def _instant(env: Mapping[str, str], name: str, default: datetime) -> datetime:
    text = env.get(name)
    if text is None:
        return default
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise StevoError(
            f"{text!r} is not an ISO 8601 time", where=name, fix=f"write {name}=1990-01-01"
        ) from None
    return value if value.tzinfo else value.replace(tzinfo=UTC)
