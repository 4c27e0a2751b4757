"""Column lineage of the models, from compiled SQL.

Belongs here: which column of a model comes from which columns of its parents. Does not belong
here: how Dagster shows it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from stevo_dagster.warehouse import graph
from stevo_dagster.warehouse.build import STAGING_VIEW
from stevo_dagster.warehouse.tables import tables

Lineage = dict[str, dict[str, list[tuple[str, str]]]]


def column_lineage(manifest: Mapping[str, Any], models: Collection[str] | None = None) -> Lineage:
    """Model to column to the sorted (parent, column) pairs it is computed from.

    Args:
        manifest: dbt's manifest of a run that compiled the models (their `compiled_code` is read).
        models: which models to trace, since a wide one takes seconds; None means all.

    Returns:
        The models that were compiled. A column that no parent feeds, such as a constant, has an
        empty list.
    """
    project = manifest["metadata"]["project_name"]
    columns = _columns(manifest)
    dialect = manifest["metadata"]["adapter_type"]
    found: Lineage = {}
    for name in graph.lake_models(manifest):
        compiled = manifest["nodes"][f"model.{project}.{name}"].get("compiled_code")
        if compiled and (models is None or name in models):
            traced = lineage_of(compiled, list(tables()[name].columns), columns, dialect)
            found[name] = {column: _in_lake(pairs) for column, pairs in traced.items()}
    return found


def _in_lake(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    # The staging view passes the columns of `events` on as they are, and is no table of the lake.
    return [("events" if table == STAGING_VIEW else table, column) for table, column in pairs]


def lineage_of(
    sql: str,
    wanted: list[str],
    columns: Mapping[str, Mapping[str, str]],
    dialect: str = "duckdb",
) -> dict[str, list[tuple[str, str]]]:
    """Column to the (table, column) pairs it is computed from, for one query.

    Args:
        sql: the query, with tables named as in `columns`.
        wanted: the query's columns to trace.
        columns: table to column to type.
        dialect: whose SQL it is, as sqlglot names the engines.
    """
    import sqlglot
    from sqlglot import exp
    from sqlglot.lineage import lineage
    from sqlglot.optimizer.qualify import qualify

    tree = sqlglot.parse_one(sql, dialect=dialect)
    for table in tree.find_all(exp.Table):
        # Compiled names carry the in-memory database and schema, which say nothing.
        table.set("catalog", None)
        table.set("db", None)
    schema: dict[str, object] = {table: dict(types) for table, types in columns.items()}
    qualified = qualify(tree, schema=schema, dialect=dialect, validate_qualify_columns=False)
    found = {}
    for column in wanted:
        root = lineage(column, qualified, schema=schema, dialect=dialect, copy=False)
        leaves = {
            (node.source.name, node.name.rpartition(".")[2].strip('"'))
            for node in root.walk()
            if isinstance(node.source, exp.Table) and node.source.name in columns
        }
        found[column] = sorted(leaves)
    return found


def _columns(manifest: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    known = {name: dict(table.columns) for name, table in tables().items()}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "seed":
            known[node["name"]] = {column: "varchar" for column in node["columns"]}
    known["stevo_window"] = {"country": "varchar", "time_zone": "varchar"}
    return known
