"""The daily schedule: yesterday's day, once late events had their time.

Belongs here: when. Does not belong here: conditions of single assets (`conditions.py`).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, timedelta
from typing import Any

import dagster as dg

# One retry of what failed, not of what was published; not for ever.
RETRY_TAGS: Mapping[str, str] = {
    "dagster/max_retries": "1",
    "dagster/retry_strategy": "FROM_ASSET_FAILURE",
}


def day_job(keys: Sequence[str], daily: dg.PartitionsDefinition) -> Any:
    """The job that builds one day of the warehouse."""
    return dg.define_asset_job(
        "build_day",
        selection=dg.AssetSelection.assets(*keys),
        partitions_def=daily,
        tags=dict(RETRY_TAGS),
        description="All day tables of one UTC day.",
    )


def chain_job(keys: Sequence[str]) -> Any:
    """The job that makes a release from the days that are published."""
    return dg.define_asset_job(
        "make_release",
        selection=dg.AssetSelection.assets(*keys),
        tags=dict(RETRY_TAGS),
        description="Undated tables, features, models, predictions, report and release.",
    )


def daily_schedule(
    job: Any, daily: dg.PartitionsDefinition, watermark_hours: int
) -> dg.ScheduleDefinition:
    """Request yesterday's partition `watermark_hours` after midnight UTC."""

    @dg.schedule(
        name="daily",
        job=job,
        cron_schedule=f"15 {watermark_hours % 24} * * *",
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Builds yesterday's day once its watermark has passed.",
    )
    def daily_build(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        at = context.scheduled_execution_time.astimezone(UTC)
        days_back = 1 + watermark_hours // 24
        day = (at - timedelta(days=days_back)).date().isoformat()
        if day not in daily.get_partition_keys(current_time=at):
            return dg.SkipReason(f"{day} is outside the data of this home")
        return dg.RunRequest(run_key=day, partition_key=day)

    return daily_build
