"""A day that was not published is never built upon by automation."""

from __future__ import annotations

import dagster as dg

from stevo_dagster.defs.automation.conditions import when_inputs_are_whole
from stevo_dagster.defs.partitions import looking_back

DAYS = dg.DailyPartitionsDefinition("2024-03-01", end_date="2024-03-04")


def graph(back: int = 0) -> dg.Definitions:
    mapping = looking_back(back) if back else None

    @dg.asset(partitions_def=DAYS)
    def clean():
        pass

    @dg.asset(
        partitions_def=DAYS,
        deps=[dg.AssetDep(clean, partition_mapping=mapping)],
        automation_condition=when_inputs_are_whole(),
    )
    def marts():
        pass

    @dg.asset(deps=[marts], automation_condition=when_inputs_are_whole())
    def release():
        pass

    return dg.Definitions(assets=[clean, marts, release])


def requested(defs: dg.Definitions, instance: dg.DagsterInstance, cursor=None):
    result = dg.evaluate_automation_conditions(defs, instance, cursor=cursor)
    days = {
        day.strftime("%Y-%m-%d") if not isinstance(day, str) else day
        for day in result.get_requested_partitions(dg.AssetKey("marts"))
    }
    return days, result.get_num_requested(dg.AssetKey("release")), result.cursor


def record(instance: dg.DagsterInstance, asset: str, *days: str) -> None:
    for day in days:
        instance.report_runless_asset_event(dg.AssetMaterialization(asset, partition=day))


def test_good_bad_good_builds_the_good_days_alone():
    defs = graph()
    with dg.DagsterInstance.ephemeral() as instance:
        record(instance, "clean", "2024-03-01", "2024-03-03")
        days, releases, cursor = requested(defs, instance)
        assert days == {"2024-03-01", "2024-03-03"}
        assert releases == 0
        record(instance, "marts", *days)
        days, releases, cursor = requested(defs, instance, cursor)
        assert days == set()
        assert releases == 0, "a release over a missing day"
        record(instance, "clean", "2024-03-02")
        days, releases, cursor = requested(defs, instance, cursor)
        assert days == {"2024-03-02"}
        record(instance, "marts", "2024-03-02")
        _, releases, _ = requested(defs, instance, cursor)
        assert releases == 1


def test_days_that_look_back_on_a_bad_day_wait_for_it():
    with dg.DagsterInstance.ephemeral() as instance:
        record(instance, "clean", "2024-03-01", "2024-03-03")
        days, _, _ = requested(graph(back=1), instance)
        assert days == {"2024-03-01"}


def test_late_data_opens_its_own_day_and_those_that_look_back_on_it():
    defs = graph(back=1)
    with dg.DagsterInstance.ephemeral() as instance:
        record(instance, "clean", "2024-03-01", "2024-03-02", "2024-03-03")
        days, _, cursor = requested(defs, instance)
        record(instance, "marts", *days)
        _, _, cursor = requested(defs, instance, cursor)
        record(instance, "clean", "2024-03-02")
        days, _, _ = requested(defs, instance, cursor)
        assert days == {"2024-03-02", "2024-03-03"}


def test_what_was_requested_and_failed_is_not_requested_for_ever():
    defs = graph()
    with dg.DagsterInstance.ephemeral() as instance:
        record(instance, "clean", "2024-03-01")
        days, _, cursor = requested(defs, instance)
        assert days == {"2024-03-01"}
        days, _, cursor = requested(defs, instance, cursor)
        assert days == set()
