"""Arguments and environment of dbt, without running it."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from stevo_dagster.errors import StevoError
from stevo_dagster.settings import Settings
from stevo_dagster.warehouse.build import dbt_args, dbt_env, engine_of, run_target, sweep_targets

DAY = date(2024, 3, 10)


def test_production_runs_no_unit_tests_and_parses_partially(tmp_path: Path) -> None:
    args = dbt_args(["tag:days"], target=tmp_path, partial_parse=tmp_path / "known")
    assert args[:4] == ["build", "--select", "tag:days", "stg_events"]
    assert args[args.index("--exclude-resource-type") + 1] == "unit_test"
    assert args[args.index("--target-path") + 1] == str(tmp_path)
    assert "--partial-parse-file-path" in args and "--no-partial-parse" not in args


def test_a_first_parse_starts_from_nothing(tmp_path: Path) -> None:
    assert "--partial-parse-file-path" not in dbt_args(["tag:days"], target=tmp_path)


def test_unit_tests_are_asked_for() -> None:
    args = dbt_args(["tag:days"], unit_tests=True)
    assert "--exclude-resource-type" not in args and "--no-partial-parse" in args


def test_the_engine_is_the_target_and_documentation_is_always_duckdbs(settings: Settings) -> None:
    spark = replace(settings, engine="spark", spark_master="yarn")
    assert (engine_of(spark, "build"), engine_of(spark, "docs generate")) == ("spark", "duckdb")
    args = dbt_args(["tag:days"], engine="spark")
    assert args[args.index("--target") + 1] == "spark"
    env = dbt_env(spark, "r1", None, None)
    assert (env["STEVO_ENGINE"], env["STEVO_SPARK_MASTER"]) == ("spark", "yarn")


def test_a_command_without_selection_selects_nothing() -> None:
    args = dbt_args([], command="docs generate")
    assert args[:2] == ["docs", "generate"] and "--select" not in args


def test_the_environment_names_home_run_and_days_and_turns_telemetry_off(
    settings: Settings,
) -> None:
    env = dbt_env(settings, "r1", DAY, date(2024, 3, 12))
    assert env["STEVO_HOME"] == str(settings.home) and env["STEVO_RUN_ID"] == "r1"
    assert (env["STEVO_FROM_DAY"], env["STEVO_TO_DAY"]) == ("2024-03-10", "2024-03-12")
    assert env["DBT_SEND_ANONYMOUS_USAGE_STATS"] == "false"
    assert dbt_env(settings, "r1", None, None)["STEVO_FROM_DAY"] == ""
    env = dbt_env(settings, "r1", None, None, ["dim_users", "dim_items"], {"fct_events"})
    assert (env["STEVO_BUILDS"], env["STEVO_READS"]) == ("dim_items dim_users", "fct_events")


@pytest.mark.parametrize(
    ("first", "last", "problem"),
    [(DAY, date(2024, 3, 9), "reversed"), (DAY, None, "both ends"), (None, DAY, "both ends")],
)
def test_a_bad_range_is_refused(
    settings: Settings, first: date | None, last: date | None, problem: str
) -> None:
    with pytest.raises(StevoError, match=problem):
        dbt_env(settings, "r1", first, last)


def test_concurrent_runs_have_their_own_artefacts(settings: Settings) -> None:
    assert run_target(settings, "a") != run_target(settings, "b")


def test_artefacts_of_old_runs_are_swept_and_column_lineage_stays(settings: Settings) -> None:
    assert sweep_targets(settings) == []
    for age, name in enumerate(("newest", "older", "oldest", "lineage")):
        folder = run_target(settings, name)
        folder.mkdir(parents=True)
        os.utime(folder, (1e9 - age, 1e9 - age))
    assert sweep_targets(settings, keep=1) == ["older", "oldest"]
    assert sorted(path.name for path in (settings.home / "dbt").iterdir()) == ["lineage", "newest"]
