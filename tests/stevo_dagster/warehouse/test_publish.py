"""The rule of publication, on results as dbt writes them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as cases
from hypothesis import strategies as st

from stevo_dagster.warehouse.publish import publishable

# clean -> moves -> flows, and clean -> items beside them.
PARENTS = {
    "int_events_clean": [],
    "int_moves": ["int_events_clean"],
    "agg_flows": ["int_moves"],
    "agg_item_days": ["int_events_clean"],
}


def _model(name: str) -> str:
    return f"model.stevo.{name}"


def _manifest() -> dict[str, Any]:
    nodes: dict[str, Any] = {}
    for name, parents in PARENTS.items():
        nodes[_model(name)] = {
            "unique_id": _model(name),
            "resource_type": "model",
            "name": name,
            "config": {"materialized": "lake_day"},
            "depends_on": {"nodes": [_model(parent) for parent in parents], "macros": []},
        }
        nodes[f"test.stevo.{name}_test.abc"] = {
            "resource_type": "test",
            "name": f"{name}_test",
            "attached_node": _model(name),
            "depends_on": {"nodes": [_model(name)]},
        }
    nodes["test.stevo.singular"] = {
        "resource_type": "test",
        "name": "singular",
        "attached_node": None,
        "refs": [{"name": "int_events_clean"}, {"name": "agg_flows"}],
        "depends_on": {"nodes": []},
    }
    return {"metadata": {"project_name": "stevo"}, "nodes": nodes, "sources": {}}


def _results(**statuses: str) -> dict[str, Any]:
    rows = [{"unique_id": _model(name), "status": "success"} for name in PARENTS]
    rows += [{"unique_id": f"test.stevo.{name}_test.abc", "status": "pass"} for name in PARENTS]
    rows += [{"unique_id": "test.stevo.singular", "status": "pass"}]
    for row in rows:
        row["status"] = statuses.get(row["unique_id"].split(".")[2], row["status"])
    return {"results": rows}


def _held(results: dict[str, Any], **refused: str) -> set[str]:
    decisions = publishable(results, _manifest(), refused)
    return {name for name, decision in decisions.items() if not decision.ok}


def test_all_is_published_parents_first_when_all_passed() -> None:
    decisions = publishable(_results(agg_flows_test="warn"), _manifest())
    assert all(decision.ok for decision in decisions.values())
    order = list(decisions)
    assert order.index("int_events_clean") < order.index("int_moves") < order.index("agg_flows")


@pytest.mark.parametrize("status", ["fail", "error", "skipped", "runtime error"])
def test_a_failed_test_holds_its_table_and_its_children_alone(status: str) -> None:
    assert _held(_results(int_moves_test=status)) == {"int_moves", "agg_flows"}


def test_a_test_of_a_child_does_not_hold_the_parent() -> None:
    assert _held(_results(agg_item_days_test="fail")) == {"agg_item_days"}


def test_a_singular_test_belongs_to_its_last_ref() -> None:
    assert _held(_results(singular="fail")) == {"agg_flows"}


def test_a_failed_model_holds_its_children() -> None:
    decisions = publishable(_results(int_events_clean="error"), _manifest())
    assert {name for name, decision in decisions.items() if decision.ok} == set()
    assert "int_events_clean" in decisions["agg_item_days"].reason


def test_a_refused_table_says_why_and_holds_its_children() -> None:
    decisions = publishable(_results(), _manifest(), {"int_moves": "events day=X is missing"})
    assert decisions["int_moves"].reason == "events day=X is missing"
    assert not decisions["agg_flows"].ok and decisions["agg_item_days"].ok


def test_tables_that_were_not_built_are_not_decided_on() -> None:
    results = _results()
    results["results"] = [
        row for row in results["results"] if row["unique_id"] != _model("int_moves")
    ]
    assert "int_moves" not in publishable(results, _manifest())


@cases(deadline=None, max_examples=50)
@given(st.sets(st.sampled_from(sorted(PARENTS))))
def test_nothing_is_published_above_something_held(failed: set[str]) -> None:
    statuses = {f"{name}_test": "fail" for name in failed}
    held = _held(_results(**statuses))
    assert failed <= held
    for name, parents in PARENTS.items():
        assert name in held or not held & set(parents)
