"""The daily schedule: yesterday's day once it is closed, each day once, inside the data alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from stevo_dagster.defs.automation.schedules import RETRY_TAGS, chain_job, daily_schedule, day_job

DAYS = dg.DailyPartitionsDefinition("2024-03-01", end_date="2024-03-04")


def asked(at: datetime, watermark_hours: int = 6) -> dg.RunRequest | dg.SkipReason:
    schedule = daily_schedule(day_job(["clean"], DAYS), DAYS, watermark_hours)
    return schedule(dg.build_schedule_context(scheduled_execution_time=at))


def test_yesterday_is_asked_for_and_only_once_a_day():
    first = asked(datetime(2024, 3, 4, 6, 15, tzinfo=UTC))
    assert isinstance(first, dg.RunRequest)
    assert (first.partition_key, first.run_key) == ("2024-03-03", "2024-03-03")
    again = asked(datetime(2024, 3, 4, 6, 45, tzinfo=UTC))
    assert isinstance(again, dg.RunRequest) and again.run_key == first.run_key


@pytest.mark.parametrize("at", [datetime(2024, 3, 1, 6, 15), datetime(2024, 3, 9, 6, 15)])
def test_days_outside_the_data_are_skipped_with_the_day(at):
    skipped = asked(at.replace(tzinfo=UTC))
    assert isinstance(skipped, dg.SkipReason)
    yesterday = (at - timedelta(days=1)).date()
    assert skipped.skip_message == f"{yesterday} is outside the data of this home"


@pytest.mark.parametrize("hours", [0, 6, 23, 24, 30, 48])
def test_a_day_is_asked_for_at_its_first_tick_after_the_watermark(hours):
    schedule = daily_schedule(day_job(["clean"], DAYS), DAYS, hours)
    minute, hour, *rest = schedule.cron_schedule.split()
    assert (minute, rest) == ("15", ["*", "*", "*"]) and schedule.execution_timezone == "UTC"
    ticks = [datetime(2024, 3, day, int(hour), int(minute), tzinfo=UTC) for day in range(2, 9)]
    days = {at: one.partition_key for at in ticks if hasattr(one := asked(at, hours), "run_key")}
    assert list(days.values()) == ["2024-03-01", "2024-03-02", "2024-03-03"]
    for at, day in days.items():
        end = datetime.fromisoformat(f"{day}T00:00:00+00:00") + timedelta(days=1)
        assert timedelta(hours=hours) <= at - end < timedelta(hours=hours + 24)


def test_jobs_retry_what_failed_once_and_nothing_that_was_published():
    @dg.asset(partitions_def=DAYS)
    def clean():
        pass

    @dg.asset(deps=[clean])
    def release():
        pass

    built = dg.Definitions(
        assets=[clean, release], jobs=[day_job(["clean"], DAYS), chain_job(["release"])]
    )
    for name, asset, partitions in (("build_day", clean, DAYS), ("make_release", release, None)):
        job = built.resolve_job_def(name)
        assert set(job.asset_layer.selected_asset_keys) == {asset.key}
        assert job.partitions_def == partitions
        assert {key: job.tags[key] for key in RETRY_TAGS} == {
            "dagster/max_retries": "1",
            "dagster/retry_strategy": "FROM_ASSET_FAILURE",
        }
