"""The published table ``flows``: who goes from where to where, week by week, and what shifts.

Belongs here: from weekly edges to rows. Does not belong here: the measures (``network.py``) or who
is counted: edges of fewer than k people do not come in, and every figure of a node is made from the
edges that did, so no row says more than those.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from models_ml.patterns.spatial.contracts import FLOWS
from models_ml.patterns.spatial.network import Network, network
from models_ml.patterns.stable_ids import stable_ids


def flows(edges: pd.DataFrame, nodes: pd.DataFrame, resolution: int, seed: int = 0) -> pd.DataFrame:
    """One row an edge and week, and one a node and week.

    Args:
        edges: week (its first day), cell, to_cell, n_people, moves; edges of k people alone.
        nodes: week, cell, n_people, for each cell of an edge.
        resolution: H3 resolution of the cells.
        seed: of the communities.

    Returns:
        Columns of ``contracts.FLOWS``, by week, edges before nodes.
    """
    weeks = sorted(edges["week"].unique())
    by_week = {week: part for week, part in edges.groupby("week")}
    networks = [network(_triples(by_week[week]), seed) for week in weeks]
    ids = stable_ids([[dict.fromkeys(group, 1.0) for group in one.communities] for one in networks])
    people = nodes.set_index(["week", "cell"])["n_people"].to_dict()
    rows: list[dict[Any, Any]] = []
    before: Mapping[str, Mapping[str, Any]] = {}
    for week, found, numbers in zip(weeks, networks, ids, strict=True):
        part = by_week[week]
        rows += part.assign(kind="edge").to_dict("records")
        here = _nodes(found, numbers, part)
        # the first week has none before it, and a week without edges is not the week before
        known = before if week - pd.Timedelta(days=7) in by_week else {}
        rows += [
            {"week": week, "cell": cell, "n_people": people[week, cell], **values,
             **_changes(values, known.get(cell))}
            for cell, values in sorted(here.items())
        ]  # fmt: skip
        before = here
    return FLOWS.table([{**row, "resolution": resolution} for row in rows])


def _triples(part: pd.DataFrame) -> list[tuple[str, str, float]]:
    """The edges of one week as the network takes them."""
    return list(
        zip(part["cell"], part["to_cell"], part["moves"].astype(float).tolist(), strict=True)
    )


def _nodes(found: Network, numbers: list[int], part: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """The values of each node in one week."""
    community = {
        cell: number
        for group, number in zip(found.communities, numbers, strict=True)
        for cell in group
    }
    moves = part.groupby("cell")["moves"].sum().add(
        part.groupby("to_cell")["moves"].sum(), fill_value=0
    )  # fmt: skip
    return {
        cell: {
            "kind": "node",
            "moves": int(moves[cell]),
            "degree": found.degree[cell],
            "pagerank": found.pagerank[cell],
            "betweenness": found.betweenness[cell],
            "community": community[cell],
        }
        for cell in found.degree
    }


def _changes(values: Mapping[str, Any], before: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a node was in the week before, and how it has changed since."""
    if before is None:
        return {}
    return {
        "pagerank_change": values["pagerank"] - before["pagerank"],
        "community_before": before["community"],
    }


def usual_communities(table: pd.DataFrame) -> dict[str, int]:
    """The community in which each cell of ``flows`` was in most weeks; the lowest of several."""
    nodes = table[table["kind"] == "node"]
    weeks = nodes.groupby(["cell", "community"]).size().rename("weeks").reset_index()
    order = weeks.sort_values(["cell", "weeks", "community"], ascending=[True, False, True])
    first = order.drop_duplicates("cell")
    return {str(cell): int(one) for cell, one in first.set_index("cell")["community"].items()}
