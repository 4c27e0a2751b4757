"""The network of places in one week: how each place stands in it, and which belong together.

Belongs here: measures of one network by ``networkx``. Does not belong here: weeks, k-anonymity, or
what changes (``flows.py``).

Sources: S. Brin, L. Page (1998) for PageRank; L. C. Freeman (1977) and U. Brandes (2001) for
betweenness; V. D. Blondel and others (2008) for Louvain communities.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import networkx as nx

# shortest ways are counted from as many nodes; exact up to there
MOST_SOURCES = 200


@dataclass(frozen=True)
class Network:
    """Of each node: number of neighbours, PageRank, betweenness; and communities, largest first."""

    degree: dict[str, int]
    pagerank: dict[str, float]
    betweenness: dict[str, float]
    communities: list[frozenset[str]]


def network(edges: Iterable[tuple[str, str, float]], seed: int = 0) -> Network:
    """Measures of a directed network.

    Args:
        edges: (from, to, moves), each pair once, moves above 0.
        seed: of Louvain's order and, in large networks, of the sampled sources.

    PageRank follows moves in their direction. A step of the shortest ways is 1/moves long. A
    community has more moves within it, either way, than its places' totals would give.
    """
    directed = nx.DiGraph()
    directed.add_weighted_edges_from(sorted(edges), weight="moves")
    if not directed:
        return Network({}, {}, {}, [])
    nx.set_edge_attributes(
        directed, {(a, b): 1 / moves for a, b, moves in directed.edges(data="moves")}, "length"
    )
    both = nx.Graph()
    both.add_nodes_from(directed)
    for a, b, moves in directed.edges(data="moves"):
        before = both.get_edge_data(a, b, {"moves": 0.0})["moves"]
        both.add_edge(a, b, moves=before + moves)
    found = nx.community.louvain_communities(both, weight="moves", seed=seed)
    sources = min(len(directed), MOST_SOURCES)
    return Network(
        {node: both.degree(node) for node in both},
        nx.pagerank(directed, weight="moves"),
        nx.betweenness_centrality(
            directed, k=None if sources == len(directed) else sources, weight="length", seed=seed
        ),
        sorted((frozenset(group) for group in found), key=lambda one: (-len(one), min(one))),
    )
