"""The code location: one graph, loaded the same way by everyone, light and described."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
import yaml

from stevo_dagster import definitions
from stevo_dagster.errors import StevoError
from stevo_dagster.lake.access import is_restricted
from stevo_dagster.settings import PROJECT_ROOT, Settings
from stevo_dagster.warehouse.build import ensure_manifest
from stevo_dagster.warehouse.tables import in_group

HEAVY = ("torch", "lightgbm", "great_expectations", "pandas", "altair", "sklearn", "scipy")
GROUPS = {"ingest", "warehouse", "features", "models", "predictions", "reports", "release"}

SEE_WHAT_LOADS = """
import json, subprocess, sys
started = []
real = subprocess.Popen.__init__
def spy(self, args, *rest, **named):
    started.append(str(args))
    real(self, args, *rest, **named)
subprocess.Popen.__init__ = spy
from stevo_dagster.definitions import defs
loaded = defs() if callable(defs) else defs
if not hasattr(loaded, "resolve_asset_graph"):
    loaded = loaded.load_fn()
keys = sorted(key.to_user_string() for key in loaded.resolve_asset_graph().get_all_asset_keys())
print(json.dumps({"keys": keys, "modules": list(sys.modules), "started": started}))
"""


@pytest.fixture(scope="module", autouse=True)
def prepared_manifest() -> None:
    ensure_manifest()


@pytest.fixture
def built(settings: Settings) -> dg.Definitions:
    return definitions.build_defs({"settings": settings})


def run_python(code: str, home: Path) -> dict[str, list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "STEVO_HOME": str(home)},
        cwd=home.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_loading_imports_nothing_heavy_and_starts_no_process(settings, tmp_path):
    loaded = run_python(SEE_WHAT_LOADS, settings.home)
    assert not set(HEAVY) & set(loaded["modules"])
    # A library asks the platform for its architecture; dbt is what must not be started.
    assert [command for command in loaded["started"] if "dbt" in command] == []
    assert "int_events_clean" in loaded["keys"]


def test_loading_writes_nothing(settings):
    run_python(SEE_WHAT_LOADS, settings.home)
    assert not settings.home.exists()


def test_workspace_and_dg_load_the_same_definitions():
    workspace = yaml.safe_load((PROJECT_ROOT / "workspace.yaml").read_text())
    module = workspace["load_from"][0]["python_module"]["module_name"]
    import tomllib

    project = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text())["tool"]["dg"]["project"]
    assert module == project["code_location_target_module"] == definitions.__name__


@pytest.mark.slow
def test_dg_check_defs_is_green(settings):
    done = subprocess.run(
        [str(Path(sys.executable).parent / "dg"), "check", "defs"],
        env={**os.environ, "STEVO_HOME": str(settings.home)},
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_a_code_server_can_send_the_definitions_to_the_ui(settings):
    # Loading them in process is not enough: the server must be able to write them down.
    settings.dagster_home.mkdir(parents=True)
    done = subprocess.run(
        [str(Path(sys.executable).parent / "dagster"), "schedule", "list", "-w", "workspace.yaml"],
        env={
            **os.environ,
            "STEVO_HOME": str(settings.home),
            "DAGSTER_HOME": str(settings.dagster_home),
        },
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Schedule: " in done.stdout


def test_a_missing_manifest_says_how_to_make_it(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(definitions, "MANIFEST_PATH", tmp_path / "manifest.json")
    with pytest.raises(StevoError, match="manifest is missing") as error:
        definitions.build_defs({"settings": settings})
    assert "make setup" in str(error.value)


def test_an_unknown_override_is_refused(settings):
    with pytest.raises(StevoError, match="unknown override database"):
        definitions.build_defs({"settings": settings, "database": None})


def assets(built: dg.Definitions) -> list[dg.AssetSpec]:
    return [spec for spec in built.resolve_all_asset_specs()]


def test_groups_are_named_as_folders(built):
    folders = {path.name for path in (PROJECT_ROOT / "stevo_dagster" / "defs").iterdir()}
    found = {spec.group_name for spec in assets(built)}
    assert found == GROUPS
    assert found <= folders


def test_every_asset_has_an_owner_a_kind_a_tag_and_a_description(built):
    for spec in assets(built):
        name = spec.key.to_user_string()
        assert spec.owners, name
        assert spec.kinds, name
        assert spec.description and len(spec.description) > 20, name
        assert spec.tags["access"] == ("restricted" if is_restricted(name) else "shared"), name


def test_each_lake_table_of_the_warehouse_is_an_asset_with_checks(built):
    graph = built.resolve_asset_graph()
    names = {key.path[-1] for key in graph.get_all_asset_keys()}
    for group in ("days", "windows", "undated"):
        for table in in_group(group):
            assert table in names
            checks = graph.get_check_keys_for_assets({dg.AssetKey(table)})
            assert checks, f"{table} has no check"


def test_no_asset_is_an_orphan(built):
    graph = built.resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.parent_keys or node.child_keys, key


def test_the_graph_is_as_reviewed(built, snapshot):
    graph = built.resolve_asset_graph()
    described = {
        spec.key.to_user_string(): {
            "group": spec.group_name,
            "deps": sorted(dep.asset_key.to_user_string() for dep in spec.deps),
            "kinds": sorted(spec.kinds),
            "owners": list(spec.owners),
            "daily": spec.partitions_def is not None,
            "checks": sorted(key.name for key in graph.get_check_keys_for_assets({spec.key})),
        }
        for spec in sorted(assets(built), key=lambda spec: spec.key.to_user_string())
    }
    assert described == snapshot
