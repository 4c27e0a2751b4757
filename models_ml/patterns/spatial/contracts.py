"""Columns of the published tables of patterns in space: types and what each says.

Belongs here: the contracts, light to import. Does not belong here: how a table is made.
"""

from __future__ import annotations

from models_ml.patterns.contract import Contract

HOT_SPOTS = Contract(
    {
        "cell": ("str", "H3 cell."),
        "resolution": ("int64", "Its H3 resolution."),
        "event_type": ("str", "Events that are counted."),
        "class": (
            "str",
            "Emerging hot or cold spot, after Esri; none where there is no pattern.",
        ),
        "z_last": (
            "float64",
            "Gi* of the cell and its neighbours in the last bin, a standard score.",
        ),
        "trend": (
            "float64",
            "Kendall's tau of Gi* over the bins, within weekdays where bins are days.",
        ),
        "p_value": ("float64", "Mann-Kendall against no trend, two-sided."),
        "q_value": (
            "float64",
            "Benjamini-Hochberg over all cells and types; below 0.05 the change is supported.",
        ),
        "bin_days": ("int64", "Days of one bin: 1 or 7."),
        "n_bins": ("int64", "Number of bins."),
        "n_events": (
            "int64",
            "Events in the cell's bins of at least k people; others count as none.",
        ),
        "n_people": ("int64", "Distinct people behind them."),
    }
)
FLOWS = Contract(
    {
        "week": ("datetime64[us]", "First day (UTC) of the week; the last week ends the data."),
        "kind": ("str", "edge: moves from cell to to_cell. node: a cell's place in the network."),
        "cell": ("str", "H3 cell of departure, or the node."),
        "to_cell": ("str", "Cell of arrival; null for nodes."),
        "resolution": ("int64", "H3 resolution of both."),
        "n_people": ("int64", "Distinct people who moved along the edge, or who were at the node."),
        "moves": ("int64", "Moves along the edge, or along all edges of the node."),
        "degree": ("Int64", "Cells that the node has an edge with, either way."),
        "pagerank": ("float64", "PageRank of the node by moves; adds up to 1 in a week."),
        "betweenness": ("float64", "Share of shortest ways through the node; near is many moves."),
        "community": ("Int64", "Community of the node (Louvain), numbered alike over the weeks."),
        "pagerank_change": ("float64", "Since the week before; null where it was no node then."),
        "community_before": ("Int64", "Community in the week before; null where it was no node."),
    }
)
CLUSTERS = Contract(
    {
        "week": ("datetime64[us]", "First day (UTC) of the week; the last week ends the data."),
        "cluster": ("int64", "Number of the cluster, the same from week to week while it lasts."),
        "latitude": ("float64", "Centre of the cluster's visits, degrees north."),
        "longitude": ("float64", "Centre of the cluster's visits, degrees east."),
        "radius_km": ("float64", "Root mean square distance of its visits from the centre."),
        "reach_km": ("float64", "Distance from the centre that holds the centres of its cells."),
        "n_cells": ("int64", "Cells of resolution 9 in it."),
        "n_people": ("int64", "Distinct people in it that week."),
        "n_visits": ("int64", "Pairs of a person and a cell that week; each weighs one."),
        "share": ("float64", "Of all such pairs of the week, in a cluster or in none."),
        "moved_km": ("float64", "From its centre of the week before; null where it was none."),
        "bearing": ("float64", "Way it moved, degrees from north; null as moved_km is."),
    }
)
