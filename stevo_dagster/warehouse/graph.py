"""The graph of models as dbt's manifest has it: parents, order, tests, and the hash of the code.

Belongs here: pure functions over a loaded manifest. Does not belong here: running dbt (`build.py`)
or any state of the lake (`plan.py`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from stevo_dagster.errors import StevoError
from stevo_dagster.lake import text_sha256
from stevo_dagster.settings import DBT_PROJECT_DIR, ENGINES
from stevo_dagster.warehouse.tables import tables

MATERIALISED = ("lake_day", "lake_table")
_VARIABLE = re.compile(r"var\(\s*['\"](\w+)['\"]")


def read_manifest(path: Path) -> dict[str, Any]:
    """Load a manifest.json.

    Raises:
        StevoError: dbt has not parsed the project yet.
    """
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        raise StevoError(
            "the dbt manifest is missing",
            where=str(path),
            fix="prepare it once: `make setup`",
        ) from None


def lake_models(manifest: Mapping[str, Any]) -> list[str]:
    """Names of the models that are lake tables, every parent before its children."""
    nodes = manifest["nodes"]
    ordered: list[str] = []

    def visit(unique_id: str) -> None:
        node = nodes.get(unique_id)
        if node is None or node["resource_type"] != "model" or node["name"] in seen:
            return
        seen.add(node["name"])
        for parent in sorted(node["depends_on"]["nodes"]):
            visit(parent)
        if node["config"]["materialized"] in MATERIALISED:
            ordered.append(node["name"])

    seen: set[str] = set()
    for unique_id in sorted(nodes):
        visit(unique_id)
    return ordered


def parents(manifest: Mapping[str, Any], model: str) -> list[str]:
    """Names of the lake tables (models and sources) a model reads, through views too; sorted."""
    found: set[str] = set()
    for parent in _node(manifest, model)["depends_on"]["nodes"]:
        if parent in manifest["sources"]:
            found.add(manifest["sources"][parent]["name"])
            continue
        node = manifest["nodes"][parent]
        if node["resource_type"] != "model":
            continue
        if node["config"]["materialized"] in MATERIALISED:
            found.add(node["name"])
        else:
            found |= set(parents(manifest, node["name"]))
    return sorted(found & tables().keys())


def read_beside(manifest: Mapping[str, Any], models: Collection[str]) -> set[str]:
    """Lake tables that a run of these models reads and does not build: their parents, and what
    their tests compare them with.
    """
    found = {parent for model in models for parent in parents(manifest, model)}
    names = {unique_id: node["name"] for unique_id, node in manifest["nodes"].items()}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test":
            read = {names.get(one) for one in node["depends_on"]["nodes"]}
            found |= {name for name in read if name} if not read.isdisjoint(models) else set()
    return (found & tables().keys()) - set(models)


def tests_of(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Test's unique id to the model it belongs to.

    A generic test belongs to the model it is attached to, a singular one to its last ref, a unit
    test to its model.
    """
    found = {}
    for unique_id, node in [*manifest["nodes"].items(), *manifest.get("unit_tests", {}).items()]:
        if node["resource_type"] == "unit_test":
            found[unique_id] = node["model"]
        elif node["resource_type"] == "test":
            attached = node.get("attached_node")
            if attached in manifest["nodes"]:
                found[unique_id] = manifest["nodes"][attached]["name"]
            elif node.get("refs"):
                found[unique_id] = node["refs"][-1]["name"]
    return found


def code_hashes(manifest: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, str]:
    """Hash of the code behind each lake model: its own SQL and types, and all its ancestors'.

    Macros of the project that the SQL calls, values of the variables they name and seeds count
    too; descriptions and tests do not.
    """
    known: dict[str, str] = {}

    def of(unique_id: str) -> str:
        if unique_id not in known:
            known[unique_id] = _code_hash(manifest, unique_id, variables, of)
        return known[unique_id]

    return {name: of(_node(manifest, name)["unique_id"]) for name in lake_models(manifest)}


def project_variables() -> dict[str, Any]:
    """The `vars` of dbt_project.yml."""
    content = yaml.safe_load((DBT_PROJECT_DIR / "dbt_project.yml").read_text())
    return content.get("vars", {})


def _code_hash(
    manifest: Mapping[str, Any], unique_id: str, variables: Mapping[str, Any], of: Any
) -> str:
    node = manifest["nodes"].get(unique_id)
    if node is None:
        return unique_id
    texts = [unique_id, node["checksum"]["checksum"]]
    texts += [f"{name} {column.get('data_type')}" for name, column in node["columns"].items()]
    code = [node.get("raw_code", "")]
    code += [macro["macro_sql"] for macro in _macros(manifest, node)]
    texts += code[1:]
    named = sorted({name for text in code for name in _VARIABLE.findall(text)})
    texts += [f"{name}={json.dumps(variables.get(name), sort_keys=True)}" for name in named]
    texts += [of(parent) for parent in sorted(node["depends_on"].get("nodes", []))]
    return text_sha256(*texts)[:32]


def _macros(manifest: Mapping[str, Any], node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    project = manifest["metadata"]["project_name"]
    waiting = list(node["depends_on"].get("macros", []))
    seen: set[str] = set()
    while waiting:
        macro = manifest["macros"].get(waiting.pop())
        if macro is None or macro["unique_id"] in seen or macro["package_name"] != project:
            continue
        seen.add(macro["unique_id"])
        waiting += macro["depends_on"]["macros"]
        # A manifest knows the dispatched macros of the engine it was parsed for alone; a day is the
        # same whoever built it, so those of every engine count.
        waiting += [f"macro.{project}.{engine}__{macro['name']}" for engine in ENGINES]
    return iter([manifest["macros"][unique_id] for unique_id in sorted(seen)])


def _node(manifest: Mapping[str, Any], model: str) -> Mapping[str, Any]:
    unique_id = f"model.{manifest['metadata']['project_name']}.{model}"
    if unique_id not in manifest["nodes"]:
        raise StevoError(f"no model {model!r} in the dbt project", where="manifest.json")
    return manifest["nodes"][unique_id]
