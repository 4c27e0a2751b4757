"""Column lineage of built models as Dagster's metadata, computed once a version of the code.

Belongs here: keeping and translating it. Does not belong here: tracing SQL
(`stevo_dagster/warehouse/lineage.py`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from stevo_dagster.instance import write_whole
from stevo_dagster.settings import Settings
from stevo_dagster.warehouse import graph
from stevo_dagster.warehouse.build import LINEAGE

Columns = Mapping[str, Sequence[Sequence[str]]]


def lineage_of_models(
    settings: Settings, target: Path, models: Sequence[str]
) -> dict[str, dg.TableColumnLineage]:
    """Lineage of each model that a run built.

    Args:
        settings: the home, which keeps what was traced: a wide model takes seconds.
        target: the run's dbt artefacts, with compiled SQL.
        models: names of models.
    """
    compiled = graph.read_manifest(target / "manifest.json")
    code = graph.code_hashes(compiled, graph.project_variables())
    kept = {name: settings.home / "dbt" / LINEAGE / f"{name}-{code[name]}.json" for name in models}
    missing = [name for name in models if not kept[name].is_file()]
    if missing:
        from stevo_dagster.warehouse.lineage import column_lineage

        for name, columns in column_lineage(compiled, missing).items():
            write_whole(kept[name], json.dumps(columns))
    return {
        name: as_dagster(json.loads(path.read_text()))
        for name, path in kept.items()
        if path.is_file()
    }


def as_dagster(columns: Columns) -> dg.TableColumnLineage:
    """Dagster's form of column to (parent, column) pairs."""
    deps: dict[str, Any] = {
        column: [dg.TableColumnDep(asset_key=parent, column_name=name) for parent, name in pairs]
        for column, pairs in columns.items()
    }
    return dg.TableColumnLineage(deps)
