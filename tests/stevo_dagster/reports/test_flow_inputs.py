"""Flows of simulated cities: planted communities are found, and no edge has fewer than k people."""

from __future__ import annotations

from itertools import pairwise

import h3
import pytest

from models_ml.patterns.agreement import agreement, planted_cells
from models_ml.patterns.spatial.flows import usual_communities
from stevo_dagster.reports.flow_inputs import read_flows
from stevo_dagster.sources.simulator.geography import NEW_YORK
from stevo_dagster.sources.simulator.people import KINDS
from tests.stevo_dagster.reports.simulated import connected

K = 10


@pytest.mark.parametrize("seed", [7, 8])
def test_cells_of_one_planted_community_are_found_together(seed):
    table = read_flows(connected(seed), K)
    resolution = int(table["resolution"].iloc[0])
    places = {
        str(index): h3.latlng_to_cell(place.latitude, place.longitude, resolution)
        for index, place in enumerate(NEW_YORK.districts)
    }
    anchors = {
        kind.name: [str(one) for one in (*kind.homes, *kind.works, *kind.plays)] for kind in KINDS
    }
    found = agreement(usual_communities(table), planted_cells(anchors, places))
    assert found.n >= 8
    assert found.rand > 0.3
    assert found.p_value < 0.05


def test_edges_are_the_moves_of_a_week_counted_by_hand():
    con = connected(7)
    table = read_flows(con, K)
    resolution = int(table["resolution"].iloc[0])
    last = table["week"].max()
    rows = con.execute(
        f"select user_id, h3_r{resolution} from fct_events where h3_r9 is not null"
        " and day >= $week order by user_id, event_at, event_key",
        {"week": last.date()},
    ).fetchall()
    people: dict[tuple[str, str], set[str]] = {}
    for (user, cell), (other, to_cell) in pairwise(rows):
        if user == other and cell != to_cell:
            people.setdefault((cell, to_cell), set()).add(user)
    edges = table[(table["week"] == last) & (table["kind"] == "edge")]
    counted = edges.set_index(["cell", "to_cell"])["n_people"].to_dict()
    assert counted == {pair: len(who) for pair, who in people.items() if len(who) >= K}
    assert (table["n_people"] >= K).all()


@pytest.mark.parametrize(("days", "where"), [(6, "true"), (60, "h3_r9 is null"), (60, "false")])
def test_few_days_or_no_coordinates_give_an_empty_table(days, where):
    assert len(read_flows(connected(7, days=days, where=where), K)) == 0
