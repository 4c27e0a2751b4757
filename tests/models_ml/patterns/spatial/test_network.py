"""Measures of small networks whose values are known in closed form."""

from __future__ import annotations

from itertools import permutations

import networkx as nx
import numpy as np
import pytest

from models_ml.patterns.spatial import network as module
from models_ml.patterns.spatial.network import network


def test_a_star_has_its_values_in_closed_form():
    leaves = ["b", "c", "d"]
    found = network([pair for leaf in leaves for pair in (("a", leaf, 2.0), (leaf, "a", 2.0))])
    assert found.degree == {"a": 3, "b": 1, "c": 1, "d": 1}
    assert found.betweenness == {"a": 1.0, "b": 0.0, "c": 0.0, "d": 0.0}
    # p_a = 0.15/4 + 0.85 (1 - p_a), the leaves share the rest
    hub = (0.15 / 4 + 0.85) / 1.85
    assert found.pagerank == pytest.approx({"a": hub, **dict.fromkeys(leaves, (1 - hub) / 3)}, 1e-5)


def test_pagerank_solves_its_equation_with_weights():
    rng = np.random.default_rng(2)
    names = [f"n{i}" for i in range(8)]
    weights = rng.integers(1, 20, (8, 8)).astype(float)
    edges = [(names[i], names[j], weights[i, j]) for i, j in permutations(range(8), 2)]
    found = network(edges).pagerank
    np.fill_diagonal(weights, 0.0)
    step = weights / weights.sum(axis=1, keepdims=True)
    expected = np.linalg.solve(np.eye(8) - 0.85 * step.T, np.full(8, 0.15 / 8))
    assert [found[name] for name in names] == pytest.approx(expected, abs=1e-5)


def test_planted_blocks_are_the_communities():
    rng = np.random.default_rng(3)
    blocks = [[f"{name}{i}" for i in range(5)] for name in "pqr"]
    edges = [
        (a, b, float(rng.integers(20, 30) if any({a, b} <= set(one) for one in blocks) else 1))
        for a, b in permutations([name for one in blocks for name in one], 2)
    ]
    assert {frozenset(one) for one in blocks} == set(network(edges).communities)
    assert network(edges, 1) == network(edges[::-1], 1)


def test_many_moves_are_a_short_way():
    # from a to c over b, twice as far by steps and yet shorter
    found = network([("a", "b", 10.0), ("b", "c", 10.0), ("a", "c", 1.0)])
    assert found.betweenness["b"] == 0.5


def test_large_networks_are_sampled(monkeypatch):
    graph = nx.gnp_random_graph(60, 0.2, seed=1, directed=True)
    edges = [(str(a), str(b), 1.0) for a, b in graph.edges]
    whole = network(edges).betweenness
    monkeypatch.setattr(module, "MOST_SOURCES", 30)
    part = network(edges).betweenness
    assert part != whole
    assert np.corrcoef([whole[one] for one in whole], [part[one] for one in whole])[0, 1] > 0.8


def test_no_edges_are_no_network():
    assert network([]).communities == []
