"""Suites as Dagster checks: specs, results, and real runs that a blocking failure stops."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import duckdb
import pytest

from stevo_dagster.checks.asset_checks import results, specs
from stevo_dagster.checks.events import events_suite
from stevo_dagster.checks.suite import Severity, Suite, finite_between, not_null, some_rows


def suite(severity: Severity) -> Suite:
    return Suite(
        "numbers",
        "numbers",
        (some_rows(), not_null("x"), finite_between("x", 0, 10, severity)),
    )


def graph(path: Path, value: str, severity: Severity) -> list[dg.AssetsDefinition]:
    """An asset that writes three rows, one of them with the given value, and one that reads it."""
    made = suite(severity)

    @dg.asset(check_specs=specs("numbers", made))
    def numbers():
        duckdb.execute(f"copy (select unnest([1.0, 2.0, {value}]::double[]) as x) to '{path}'")
        yield dg.MaterializeResult(asset_key="numbers")
        yield from results("numbers", made, [path])

    @dg.asset(deps=["numbers"])
    def downstream() -> None: ...

    return [numbers, downstream]


def run(path: Path, value: str, severity: Severity):
    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize(graph(path, value, severity), instance=instance, raise_on_error=False)
        built = {
            key.to_user_string()
            for key in instance.get_asset_keys()
            if instance.get_latest_materialization_event(key)
        }
        checks = {one.check_name: one for one in done.get_asset_check_evaluations()}
    return done, built, checks


@pytest.mark.parametrize("value", ["99", "'nan'::double", "null"])
def test_a_blocking_failure_stops_what_is_downstream_in_the_same_run(tmp_path, value):
    done, built, checks = run(tmp_path / "x.parquet", value, "blocking")
    assert not done.success
    assert built == {"numbers"}
    name = "gx_numbers_x_not_null" if value == "null" else "gx_numbers_x_in_range"
    failed = [one for one in checks.values() if not one.passed]
    assert [one.check_name for one in failed] == [name]
    assert failed[0].severity == dg.AssetCheckSeverity.ERROR
    assert failed[0].metadata["observed"].value == "1"
    shown = {"99": [99.0], "null": [None]}.get(value, ["nan"])
    assert failed[0].metadata["sample"].value == shown
    assert failed[0].metadata["unexpected rows"].value == 1
    assert failed[0].metadata["rows looked at"].value == 3


def test_a_warning_stops_nothing_and_is_seen(tmp_path):
    done, built, checks = run(tmp_path / "x.parquet", "99", "warning")
    assert done.success
    assert built == {"numbers", "downstream"}
    assert not checks["gx_numbers_x_in_range"].passed
    assert checks["gx_numbers_x_in_range"].severity == dg.AssetCheckSeverity.WARN


def test_good_rows_pass_with_one_result_an_expectation(tmp_path):
    done, built, checks = run(tmp_path / "x.parquet", "3", "blocking")
    assert done.success
    assert built == {"numbers", "downstream"}
    assert sorted(checks) == [
        "gx_numbers_has_rows",
        "gx_numbers_x_in_range",
        "gx_numbers_x_not_null",
    ]


def test_specs_say_what_blocks():
    made = {one.name: one for one in specs("events", events_suite())}
    assert len(made) == len(events_suite().expectations)
    assert made["gx_events_source_event_id_unique"].blocking
    assert not made["gx_events_dwell_seconds_in_range"].blocking
    assert all(one.description for one in made.values())
    assert {one.asset_key for one in made.values()} == {dg.AssetKey("events")}
