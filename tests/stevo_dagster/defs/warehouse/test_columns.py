"""Column lineage as Dagster shows it, traced once a version of the code and kept."""

from __future__ import annotations

import json

import dagster as dg
import pytest

from stevo_dagster.defs.warehouse.columns import as_dagster, lineage_of_models
from stevo_dagster.warehouse import graph, lineage
from stevo_dagster.warehouse.build import ensure_manifest

TRACED = {"moved_m": [("int_moves", "distance_m"), ("int_moves", "gap_seconds")], "one": []}


def test_pairs_become_dependencies_of_columns():
    found = as_dagster(TRACED)
    assert found.deps_by_column["one"] == []
    assert [(dep.asset_key, dep.column_name) for dep in found.deps_by_column["moved_m"]] == [
        (dg.AssetKey("int_moves"), "distance_m"),
        (dg.AssetKey("int_moves"), "gap_seconds"),
    ]


@pytest.fixture
def target(tmp_path):
    """A run's artefacts."""
    (tmp_path / "manifest.json").write_text(ensure_manifest().read_text())
    return tmp_path


def test_a_model_is_traced_once_until_its_code_changes(settings, target, monkeypatch):
    asked: list[list[str]] = []

    def traced(manifest, models):
        asked.append(list(models))
        return {name: TRACED for name in models}

    monkeypatch.setattr(lineage, "column_lineage", traced)
    first = lineage_of_models(settings, target, ["agg_flows", "int_stays"])
    assert set(first) == {"agg_flows", "int_stays"} and asked == [["agg_flows", "int_stays"]]
    assert lineage_of_models(settings, target, ["agg_flows"]) == {"agg_flows": first["agg_flows"]}
    assert len(asked) == 1

    loaded = graph.read_manifest(target / "manifest.json")
    loaded["nodes"]["model.stevo.int_stays"]["checksum"]["checksum"] = "edited"
    (target / "manifest.json").write_text(json.dumps(loaded))
    lineage_of_models(settings, target, ["agg_flows", "int_stays"])
    assert asked[1:] == [["int_stays"]]


def test_a_model_that_was_not_compiled_has_no_lineage(settings, target):
    assert lineage_of_models(settings, target, ["fct_ingest_ledger"]) == {}
    assert not (settings.home / "dbt" / "lineage").exists()
