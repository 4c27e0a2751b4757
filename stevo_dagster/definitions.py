"""The code location: `build_defs` is the only place where definitions are put together.

Belongs here: assembly and overrides. Does not belong here: assets (`defs/`) or logic. Loading
starts no dbt process and imports no torch, Great Expectations, pandas or Altair.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg

from stevo_dagster.defs.automation import schedules, sensors
from stevo_dagster.defs.automation.alerts import LogFileSink
from stevo_dagster.defs.features import assets as features
from stevo_dagster.defs.ingest import assets as ingest
from stevo_dagster.defs.ingest import checks as ingest_checks
from stevo_dagster.defs.models import assets as models
from stevo_dagster.defs.partitions import daily_partitions
from stevo_dagster.defs.predictions import assets as predictions
from stevo_dagster.defs.release import assets as release
from stevo_dagster.defs.reports import activity, spatial, temporal
from stevo_dagster.defs.reports import assets as reports
from stevo_dagster.defs.resources import HomeResource
from stevo_dagster.defs.warehouse.assets import warehouse_assets
from stevo_dagster.errors import StevoError
from stevo_dagster.home import read_home
from stevo_dagster.settings import MANIFEST_PATH, Settings, load_settings
from stevo_dagster.warehouse.graph import read_manifest

OVERRIDES = ("settings", "manifest", "alerts")


def build_defs(overrides: Mapping[str, Any] | None = None) -> dg.Definitions:
    """The definitions of one home.

    Args:
        overrides: what to use instead of the defaults: `settings` (Settings), `manifest` (dbt's
            manifest as a dict), `alerts` (AlertSink).

    Raises:
        StevoError: an unknown override, or the dbt manifest is missing.
    """
    given = dict(overrides or {})
    unknown = sorted(given.keys() - set(OVERRIDES))
    if unknown:
        raise StevoError(
            f"unknown override {', '.join(unknown)}", fix=f"use: {', '.join(OVERRIDES)}"
        )
    settings: Settings = given.get("settings") or load_settings()
    manifest = given.get("manifest") or read_manifest(MANIFEST_PATH)
    daily = daily_partitions(read_home(settings))
    warehouse = warehouse_assets(manifest, daily)
    python_made = [
        *features.ASSETS,
        *models.ASSETS,
        *predictions.ASSETS,
        *activity.ASSETS,
        *temporal.ASSETS,
        *reports.ASSETS,
        *spatial.ASSETS,
        *release.ASSETS,
    ]
    days, _, undated = warehouse
    day_job = schedules.day_job(_names(days), daily)
    made_keys = [name for made in (undated, *python_made) for name in _names(made)]
    sink = given.get("alerts") or LogFileSink(path=str(settings.home / "alerts.jsonl"))
    return dg.Definitions(
        assets=[*ingest.ingest_assets(daily), *warehouse, *python_made],
        asset_checks=ingest_checks.ingest_checks(settings),
        jobs=[ingest_checks.check_job(), day_job, schedules.chain_job(made_keys)],
        schedules=[schedules.daily_schedule(day_job, daily, settings.watermark_hours)],
        sensors=[
            sensors.inbox_sensor,
            sensors.alert_sensor,
            dg.AutomationConditionSensorDefinition(
                "automation",
                target=dg.AssetSelection.all(),
                run_tags=dict(schedules.RETRY_TAGS),
                # A run a day: in a run over several days, a bad one would hold the good ones back.
                emit_backfills=False,
                default_status=dg.DefaultSensorStatus.RUNNING,
            ),
        ],
        resources={
            "home": HomeResource(path=str(settings.home)),
            "alerts": sink,
            "pipes": dg.PipesSubprocessClient(),
        },
        # One step after another: dbt and training each fill the memory that one home may use.
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What `workspace.yaml` and `[tool.dg]` load."""
    return build_defs()


def _names(made: dg.AssetsDefinition) -> list[str]:
    return sorted(key.path[-1] for key in made.keys)
