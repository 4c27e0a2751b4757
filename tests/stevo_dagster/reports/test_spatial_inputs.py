"""Hot spots of simulated cities against their truth, and how counts are cut and held to k."""

from __future__ import annotations

import h3
import pandas as pd
import pytest

from models_ml.patterns.spatial.drift import corridor, drift
from stevo_dagster.reports.spatial_inputs import count_types, read_hot_spots
from stevo_dagster.sources.simulator.city import HOT_SPOT_FROM, HOT_SPOT_TO
from stevo_dagster.sources.simulator.geography import NEW_YORK
from tests.stevo_dagster.reports.simulated import connected

K = 10


def beside(district: int) -> list[str]:
    """A district's cell and those around it."""
    place = NEW_YORK.districts[district]
    return h3.grid_disk(h3.latlng_to_cell(place.latitude, place.longitude, 8), 1)


@pytest.mark.parametrize("seed", [7, 8])
def test_the_planted_hot_spot_is_found_by_class_and_direction(seed):
    con = connected(seed)
    table = read_hot_spots(con, K)
    claims = table[(table["q_value"] < 0.05) & (table["event_type"] == "check_in")]
    fading, rising = (claims.loc[claims["trend"] * way > 0, "cell"] for way in (-1, 1))
    assert set(fading) & set(beside(HOT_SPOT_FROM))
    wakes = claims[claims["cell"].isin(beside(HOT_SPOT_TO))]
    assert set(wakes["class"]) & {"new_hot", "intensifying_hot"}
    area = pd.DataFrame({"cell": corridor(list(fading), list(rising))})
    con.register("area", area)
    visits = con.execute(
        "select user_id, h3_r8 as cell, event_type, count(*) as events,"
        " 7 - date_diff('day', day, (select max(day) from fct_events)) // 7 as week"
        " from fct_events where event_type = 'check_in' and h3_r8 in (select cell from area)"
        " group by all having week >= 0 order by all"
    ).df()
    found = drift(visits, 8, K)
    start, end = NEW_YORK.districts[HOT_SPOT_FROM], NEW_YORK.districts[HOT_SPOT_TO]
    assert found is not None
    # the truth's bearing is 21 degrees, 6.8 km in 8.7 weeks
    assert found.bearing == pytest.approx(21, abs=5)
    assert 0.5 < found.speed < 0.85
    assert start.latitude < found.centres[0, 0] < found.centres[-1, 0] < end.latitude


def test_of_eight_cities_with_nothing_planted_at_most_one_claims_a_change():
    claims = [
        (read_hot_spots(connected(seed, null=True), K)["q_value"] < 0.05).any()
        for seed in range(20, 28)
    ]
    assert sum(claims) <= 1


def test_counts_are_whole_bins_of_at_least_k_people():
    con = connected(7)
    for one in count_types(con, K):
        resolution, bins = one.grid.resolution, one.grid.bins
        assert one.counts["bin"].between(0, bins - 1).all()
        assert set(one.counts["cell"]) <= set(one.universe)
        last = one.counts[one.counts["bin"] == bins - 1].set_index("cell")["events"]
        newest = con.execute(
            f"select h3_r{resolution} as cell, count(*) as events from fct_events"
            f" where event_type = '{one.event_type}' and cell is not null"
            " and day = (select max(day) from fct_events)"
            f" group by all having count(distinct user_id) >= {K}"
        ).df()
        assert last.to_dict() == newest.set_index("cell")["events"].to_dict()


@pytest.mark.parametrize(
    ("days", "where"), [(8, "true"), (60, "h3_r9 is null"), (12, "user_id < '1'")]
)
def test_few_days_no_coordinates_or_few_people_give_an_empty_table(days, where):
    assert len(read_hot_spots(connected(7, days=days, where=where), 1000)) == 0
