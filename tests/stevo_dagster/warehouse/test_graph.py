"""Hashes of code: what changes them and what does not."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from stevo_dagster.errors import StevoError
from stevo_dagster.warehouse import graph
from stevo_dagster.warehouse.build import ensure_manifest


@pytest.fixture(scope="module")
def loaded() -> dict[str, Any]:
    return graph.read_manifest(ensure_manifest())


def _changed(
    loaded: dict[str, Any], edit: Any, variables: dict[str, Any] | None = None
) -> set[str]:
    known = graph.project_variables()
    edited = copy.deepcopy(loaded)
    edit(edited)
    before = graph.code_hashes(loaded, known)
    after = graph.code_hashes(edited, known | (variables or {}))
    return {name for name in before if before[name] != after[name]}


def test_a_models_sql_changes_it_and_its_descendants(loaded: dict[str, Any]) -> None:
    def edit(manifest: dict[str, Any]) -> None:
        manifest["nodes"]["model.stevo.int_moves"]["checksum"]["checksum"] = "other"

    changed = _changed(loaded, edit)
    assert {"int_moves", "agg_flows", "agg_user_days", "agg_user_windows"} <= changed
    assert not changed & {"int_events_clean", "agg_cell_hours", "int_sessions"}


def test_what_a_run_reads_beside_is_its_parents_and_what_its_tests_compare_with(
    loaded: dict[str, Any],
) -> None:
    assert graph.read_beside(loaded, ["agg_flows"]) == {"int_moves"}
    assert graph.read_beside(loaded, ["agg_flows", "int_moves"]) == {"int_events_clean"}
    assert "events" in graph.read_beside(loaded, ["int_events_clean"])
    ledger = graph.read_beside(loaded, ["fct_cleaning_ledger"])
    assert {"events", "int_events_clean"} <= ledger, "its singular test counts the clean events"


def test_a_macro_changes_the_models_that_call_it(loaded: dict[str, Any]) -> None:
    def edit(manifest: dict[str, Any]) -> None:
        manifest["macros"]["macro.stevo.duckdb__h3_parent"]["macro_sql"] += " "

    changed = _changed(loaded, edit)
    assert "int_events_clean" in changed and "fct_cleaning_ledger" not in changed


def test_a_variable_changes_the_models_that_name_it(loaded: dict[str, Any]) -> None:
    changed = _changed(loaded, lambda manifest: None, {"stay_gap_hours": 9})
    assert changed == {"int_stays"}
    changed = _changed(loaded, lambda manifest: None, {"impossible_speed_kmh": 1000})
    assert "fct_events" in changed and "fct_ingest_ledger" not in changed


def test_a_seed_changes_what_reads_it(loaded: dict[str, Any]) -> None:
    def edit(manifest: dict[str, Any]) -> None:
        manifest["nodes"]["seed.stevo.holidays"]["checksum"]["checksum"] = "other"

    assert "agg_calendar" in _changed(loaded, edit)


def test_descriptions_change_nothing(loaded: dict[str, Any]) -> None:
    def edit(manifest: dict[str, Any]) -> None:
        for node in manifest["nodes"].values():
            node["description"] = "other"
            for column in node["columns"].values():
                column["description"] = "other"

    assert _changed(loaded, edit) == set()


def test_parents_are_found_through_views(loaded: dict[str, Any]) -> None:
    assert graph.parents(loaded, "int_events_clean") == ["events"]
    assert graph.parents(loaded, "agg_user_days") == ["int_events_clean", "int_moves"]


def test_a_missing_manifest_says_how_to_make_it(tmp_path: Any) -> None:
    with pytest.raises(StevoError, match="manifest is missing"):
        graph.read_manifest(tmp_path / "manifest.json")
