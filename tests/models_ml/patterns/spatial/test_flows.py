"""Rows of flows: edges as they came, nodes with what they were a week before."""

from __future__ import annotations

import pandas as pd
import pytest

from models_ml.patterns.spatial.contracts import FLOWS
from models_ml.patterns.spatial.flows import flows, usual_communities

WEEKS = pd.to_datetime(["2024-01-01", "2024-01-08", "2024-01-22"]).as_unit("us")


def made(pairs: list[list[tuple[str, str, int]]]) -> pd.DataFrame:
    """The table of edges (from, to, moves) of each of the weeks."""
    edges = pd.DataFrame(
        [
            {"week": week, "cell": a, "to_cell": b, "n_people": 10 + moves, "moves": moves}
            for week, listed in zip(WEEKS, pairs, strict=True)
            for a, b, moves in listed
        ]
    )
    ends = pd.concat([edges[["week", name]].set_axis(["week", "cell"], axis=1)
                      for name in ("cell", "to_cell")]).drop_duplicates()  # fmt: skip
    return flows(edges, ends.assign(n_people=40), 8)


TWO = [("a", "b", 9), ("b", "a", 9), ("x", "y", 5), ("y", "x", 5)]


def test_edges_come_out_as_they_went_in_and_nodes_have_their_measures():
    table = made([TWO, TWO, [("a", "b", 3)]])
    assert table.dtypes.astype(str).to_dict() == FLOWS.types
    edges, nodes = (table[table["kind"] == kind] for kind in ("edge", "node"))
    assert edges["moves"].tolist() == [9, 9, 5, 5, 9, 9, 5, 5, 3]
    assert edges["n_people"].tolist() == [19, 19, 15, 15, 19, 19, 15, 15, 13]
    assert edges[["degree", "pagerank", "community"]].isna().all(axis=None)
    assert nodes["n_people"].eq(40).all() and nodes["to_cell"].isna().all()
    first = nodes[nodes["week"] == WEEKS[0]].set_index("cell")
    assert first["moves"].to_dict() == {"a": 18, "b": 18, "x": 10, "y": 10}
    assert first["pagerank"].sum() == pytest.approx(1)
    assert first["community"].to_dict() == {"a": 0, "b": 0, "x": 1, "y": 1}


def test_changes_are_since_the_week_before_alone():
    more = [*TWO, ("a", "x", 6), ("z", "a", 2)]
    nodes = made([TWO, more, TWO]).query("kind == 'node'").set_index(["week", "cell"])
    assert nodes.loc[WEEKS[0], "pagerank_change"].isna().all()
    second = nodes.loc[WEEKS[1]]
    before = nodes.loc[WEEKS[0], "pagerank"]
    assert second.loc["x", "pagerank_change"] == pytest.approx(
        second.loc["x", "pagerank"] - before["x"]
    )
    assert pd.isna(second.loc["z", "community_before"])
    assert second.loc["a", "community_before"] == 0
    # the week before the last had no edges
    assert nodes.loc[WEEKS[2], "pagerank_change"].isna().all()


def test_the_usual_community_is_that_of_most_weeks():
    table = made([TWO, TWO, TWO])
    table.loc[(table["kind"] == "node") & (table["week"] == WEEKS[0]), "community"] = 7
    assert usual_communities(table) == {"a": 0, "b": 0, "x": 1, "y": 1}


def test_no_edges_are_an_empty_table():
    edges = pd.DataFrame(columns=["week", "cell", "to_cell", "n_people", "moves"])
    assert len(flows(edges, edges[["week", "cell", "n_people"]], 8)) == 0
