"""What a run opens of the lake, whatever the engine: its window, and the days its views may read.

Belongs here: the choice of published partitions, their lease and the snapshot of their hashes, and
the references beside them. Does not belong here: making an engine's views (`duckdb_plugin.py`,
`spark/`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from stevo_dagster.errors import StevoError
from stevo_dagster.lake import Lake, Manifest, day_partition, files, lease, manifest, partitions
from stevo_dagster.settings import DBT_PROJECT_DIR, Settings
from stevo_dagster.warehouse.inputs import Snapshot, setting_inputs
from stevo_dagster.warehouse.session import Session, Window
from stevo_dagster.warehouse.tables import Table, days_read, tables

TIME_ZONES = {
    "US": "America/New_York",
    "BR": "America/Sao_Paulo",
    "CN": "Asia/Shanghai",
    "JP": "Asia/Tokyo",
    "GB": "Europe/London",
    "DE": "Europe/Berlin",
    "FR": "Europe/Paris",
    "IN": "Asia/Kolkata",
}

SEEDS = {
    "holidays": {"country": "varchar", "holiday_on": "date", "holiday_name": "varchar"},
    "time_zones": {"time_zone": "varchar", "country": "varchar"},
}


def read_window(environ: Mapping[str, str]) -> Window:
    """The window of this process, from the variables that `build.dbt_env` sets."""

    def day(name: str) -> date | None:
        text = environ.get(name)
        return date.fromisoformat(text) if text else None

    return Window(
        environ.get("STEVO_RUN_ID") or "by-hand",
        day("STEVO_FROM_DAY"),
        day("STEVO_TO_DAY"),
        frozenset(environ.get("STEVO_BUILDS", "").split()),
        frozenset(environ.get("STEVO_READS", "").split()),
    )


def open_session(settings: Settings, window: Window) -> tuple[Session, Snapshot]:
    """The run's session with the lake, and the content hashes of what its views read.

    What is read is leased until the process ends. Partitions that the run itself builds are not
    opened: staged ones take their place before anything reads them, so a damaged one can be built
    again.

    Raises:
        StevoError: a file differs from its manifest.
    """
    published = {
        name: _published(settings.lake, table, window)
        for name, table in tables().items()
        if table.group != "staging" and window.opens(table)
    }
    paths = {
        name: dict(zip(found, files(settings.lake, name, list(found)), strict=True))
        for name, found in published.items()
    }
    session = Session(
        lake=settings.lake,
        window=window,
        published=paths,
        event_rows={part: described.rows for part, described in published["events"].items()},
        lease=lease(settings.lake, [path for found in paths.values() for path in found.values()]),
    )
    hashes = {
        name: {part: described.content_hash for part, described in found.items()}
        for name, found in published.items()
    }
    return session, Snapshot(hashes, setting_inputs(settings))


def _published(lake: Lake, table: Table, window: Window) -> dict[str, Manifest]:
    wanted = partitions(lake, table.name)
    if table.is_daily and window.from_day is not None and window.to_day is not None:
        back = max([days_read(table.name), *_event_lookbacks(table)])
        first = day_partition(window.from_day - timedelta(days=back))
        wanted = [part for part in wanted if first <= part <= day_partition(window.to_day)]
    wanted = [part for part in wanted if not window.builds_partition(table, part)]
    found = {}
    for part in wanted:
        described = manifest(lake, table.name, part)
        # A partition of an older contract is stale; publication refuses what would need it.
        if described is not None and _fits(table, described):
            found[part] = described
    return found


def _event_lookbacks(table: Table) -> list[int]:
    return [other.lookback_days for other in tables().values()] if table.name == "events" else []


def _fits(table: Table, described: Manifest) -> bool:
    return table.columns.keys() <= {column["name"] for column in described.schema}


def default_time_zone(settings: Settings) -> str:
    """The zone of events that name neither a zone nor an offset.

    Raises:
        StevoError: the country has no zone and no calendar here.
    """
    if settings.country not in TIME_ZONES:
        raise StevoError(
            f"no default time zone for country {settings.country!r}",
            where="STEVO_COUNTRY",
            fix=f"use one of: {', '.join(TIME_ZONES)}",
        )
    return TIME_ZONES[settings.country]


def seed_path(name: str) -> Path:
    """The CSV of a seed."""
    return DBT_PROJECT_DIR / "seeds" / f"{name}.csv"
