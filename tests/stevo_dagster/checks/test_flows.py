"""What is shared about the network of places: k people along every edge are really counted."""

from __future__ import annotations

import pytest

from stevo_dagster.checks.flows import clusters_suite, flows_suite
from tests.stevo_dagster.checks import tables
from tests.stevo_dagster.checks.kit import Guarded, cases

GUARDED = {
    "flows": Guarded(
        flows_suite(10),
        tables.FLOWS,
        {
            "values_are_of_their_kind": ("to_cell", "null", 1),
            "edges_are_k_anonymous": ("n_people", "9", 1),
            "nodes_are_k_anonymous": ("n_people", "13", 3),
        },
    ),
    "clusters": Guarded(
        clusters_suite(10),
        tables.CLUSTERS,
        {"clusters_are_k_anonymous": ("n_people", "9", 1)},
    ),
}


@pytest.mark.parametrize("key", list(GUARDED))
def test_good_rows_pass_every_expectation(key, tmp_path):
    GUARDED[key].assert_good_rows_pass(tmp_path)


@pytest.mark.parametrize(("key", "name"), cases(GUARDED))
def test_each_expectation_fails_on_bad_rows_and_says_what_it_saw(key, name, tmp_path):
    GUARDED[key].assert_fails_and_says_why(name, tmp_path)


@pytest.mark.parametrize(
    ("column", "value"),
    [("cell", "'89b'"), ("to_cell", "'89a'"), ("week", "timestamp '2024-02-21'")],
)
def test_an_edge_that_nobody_went_along_is_found(column, value, tmp_path):
    found = GUARDED["flows"].run(tmp_path, tables.spoil(tables.FLOWS, column, value))
    assert "edges_are_k_anonymous" in [one.name for one in found if not one.success]


@pytest.mark.parametrize(
    ("column", "value"), [("latitude", "40.8"), ("n_people", "13"), ("week", "null::timestamp")]
)
def test_a_cluster_where_nobody_was_is_found(column, value, tmp_path):
    found = GUARDED["clusters"].run(tmp_path, tables.spoil(tables.CLUSTERS, column, value))
    assert "clusters_are_k_anonymous" in [one.name for one in found if not one.success]
