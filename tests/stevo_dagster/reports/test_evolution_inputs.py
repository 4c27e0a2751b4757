"""Evolution of simulated cities: the planted drift is found, and nothing where nothing drifts."""

from __future__ import annotations

import duckdb
import pandas as pd
import pytest

from stevo_dagster.reports.evolution_inputs import read_evolution
from stevo_dagster.reports.flow_inputs import read_flows
from stevo_dagster.reports.spatial_inputs import read_hot_spots
from tests.stevo_dagster.reports.simulated import connected

K = 10


def evolved(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """The table from a city whose hot spots and flows are made first."""
    for name, read in (("hot_spots", read_hot_spots), ("flows", read_flows)):
        table = read(con, K)
        con.register("made", table)
        con.execute(f"create table {name} as select * from made")
        con.unregister("made")
    return read_evolution(con, K)


def test_the_planted_drift_and_the_middle_persons_movement_are_found():
    table = evolved(connected(7))
    (bearing,) = table[table["kind"] == "hot_area_bearing"].to_dict("records")
    assert bearing["subject"] == "event_type:check_in"
    # the truth's bearing is 21 degrees
    assert bearing["value"] == pytest.approx(21, abs=5)
    assert bearing["q_value"] < 0.05
    assert (table["n_people"] >= K).all()
    weekly = table[table["kind"] == "radius_of_gyration_km"]
    assert len(weekly) == 8 and weekly["value"].between(0.5, 10).all()
    kept = table[table["kind"] == "community_kept"]
    assert kept["value"].median() > 0.5 and (kept["q_value"] < 0.05).any()


def test_where_nothing_is_planted_no_hot_area_drifts():
    table = evolved(connected(21, null=True))
    claimed = table[(table["q_value"] < 0.05) & table["kind"].str.startswith(("hot", "cluster"))]
    assert not len(claimed)


def test_without_coordinates_there_is_retention_alone():
    table = evolved(connected(7, where="h3_r9 is null"))
    assert set(table["kind"]) <= {"retention"}
