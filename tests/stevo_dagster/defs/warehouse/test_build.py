"""From dbt's results to Dagster's events: a result a test, a failure that names each table."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from stevo_dagster.defs.warehouse import build as module
from stevo_dagster.defs.warehouse.build import build_tables, check_results, refuse
from stevo_dagster.lake import UNDATED, lock
from stevo_dagster.warehouse.publish import Decision

LOADED: dict[str, Any] = {
    "metadata": {"project_name": "stevo"},
    "nodes": {
        "model.stevo.int_moves": {"resource_type": "model", "name": "int_moves"},
        "model.stevo.agg_flows": {"resource_type": "model", "name": "agg_flows"},
        "test.stevo.unique.1": {
            "resource_type": "test",
            "name": "unique_int_moves",
            "attached_node": "model.stevo.int_moves",
        },
        "test.stevo.range.2": {
            "resource_type": "test",
            "name": "range_agg_flows",
            "attached_node": "model.stevo.agg_flows",
        },
    },
}


def results(status: str, **more: Any) -> list[dg.AssetCheckResult]:
    rows = [
        {"unique_id": "model.stevo.int_moves", "status": "success"},
        {"unique_id": "test.stevo.unique.1", "status": status, **more},
        {"unique_id": "test.stevo.range.2", "status": "fail"},
        {"unique_id": "test.stevo.unknown.3", "status": "fail"},
    ]
    return list(check_results({"results": rows}, LOADED, {"int_moves"}))


@pytest.mark.parametrize(
    ("status", "passed", "severity"),
    [
        ("pass", True, dg.AssetCheckSeverity.ERROR),
        ("fail", False, dg.AssetCheckSeverity.ERROR),
        ("error", False, dg.AssetCheckSeverity.ERROR),
        ("skipped", False, dg.AssetCheckSeverity.ERROR),
        ("warn", False, dg.AssetCheckSeverity.WARN),
    ],
)
def test_one_result_a_test_of_the_models_that_were_built(status, passed, severity):
    (found,) = results(status)
    assert (found.asset_key, found.check_name) == (dg.AssetKey("int_moves"), "unique_int_moves")
    assert (found.passed, found.severity) == (passed, severity)


def test_what_dbt_saw_is_in_the_metadata():
    (found,) = results("fail", failures=5, execution_time=0.12345, message="Got 5 results")
    assert {name: value.value for name, value in found.metadata.items()} == {
        "status": "fail",
        "failing rows": 5,
        "seconds": 0.123,
        "message": "Got 5 results",
    }
    (quiet,) = results("pass", failures=None, execution_time=None, message=None)
    assert quiet.metadata["failing rows"].value == 0 and "message" not in quiet.metadata


def test_a_step_fails_if_any_table_was_held_and_names_each_with_its_reason():
    decisions = {
        "int_moves": Decision(False, "tests failed: unique_int_moves"),
        "int_stays": Decision(True, "model and tests passed"),
    }
    with pytest.raises(dg.Failure) as error:
        refuse(["agg_flows", "int_moves", "int_stays"], decisions)
    assert str(error.value).splitlines() == [
        "2 of 3 tables were not published",
        "agg_flows: dbt did not build it",
        "int_moves: tests failed: unique_int_moves",
    ]
    assert error.value.metadata["not published"].value == {
        "agg_flows": "dbt did not build it",
        "int_moves": "tests failed: unique_int_moves",
    }
    refuse(["int_stays"], decisions)


def test_no_lock_is_held_while_dagster_takes_what_is_yielded(settings, monkeypatch):
    results_file = settings.home / "run_results.json"
    results_file.parent.mkdir(parents=True)
    tested = {"unique_id": "test.stevo.unique.1", "status": "pass"}
    results_file.write_text(json.dumps({"results": [tested]}))
    monkeypatch.setattr(module, "require_inputs", lambda *_: None)
    monkeypatch.setattr(module.build, "run_dbt", lambda *_: results_file)
    monkeypatch.setattr(module.graph, "read_manifest", lambda _: LOADED)
    monkeypatch.setattr(module, "decide_run", lambda *_: {"int_moves": Decision(True, "")})
    monkeypatch.setattr(module, "publish_run", lambda *_: [])
    monkeypatch.setattr(module, "lineage_of_models", lambda *_: {})
    context = SimpleNamespace(
        selected_asset_keys=[dg.AssetKey("int_moves")],
        run_id="r",
        op_handle=SimpleNamespace(name="build_days"),
    )
    events = build_tables(context, settings, [])  # type: ignore[arg-type]
    first = next(events)
    assert first.check_name == "unique_int_moves"
    with lock(settings.lake, "warehouse", UNDATED):
        assert list(events) == [], "the rest of it needs no lock either"
