"""Clusters of a simulated city: where its districts are, and none of few people."""

from __future__ import annotations

import numpy as np
import pytest

from stevo_dagster.reports.cluster_inputs import read_clusters
from stevo_dagster.sources.simulator.geography import NEW_YORK
from tests.stevo_dagster.reports.simulated import connected


def test_clusters_are_where_the_districts_are():
    table = read_clusters(connected(7), 10)
    assert (table["n_people"] >= 10).all()
    assert table["cluster"].nunique() >= 5
    lasting = table.groupby("cluster")["week"].nunique()
    assert (lasting == table["week"].nunique()).sum() >= 4
    # the largest is at a district
    largest = table.sort_values("n_visits").iloc[-1]
    km = min(
        np.hypot(one.latitude - largest["latitude"], one.longitude - largest["longitude"]) * 111
        for one in NEW_YORK.districts
    )
    assert km < 3


@pytest.mark.parametrize(("days", "where"), [(6, "true"), (60, "h3_r9 is null")])
def test_few_days_or_no_coordinates_give_an_empty_table(days, where):
    assert len(read_clusters(connected(7, days=days, where=where), 10)) == 0
