"""Distance and cell activity against the hour of the day."""

from __future__ import annotations

import h3
import numpy as np
import pandas as pd
import pytest

from stevo_dagster.reports.space_time import cell_measures, day_hours, space_time_rows

ALL_HOURS = {f"local_hour:{hour}" for hour in range(24)}


def rows_of(city) -> dict[tuple[str, str], dict]:
    """Rows by both subjects."""
    rows = space_time_rows(city.cell_hours, ALL_HOURS, seed=0)
    return {(row["subject_a"], row["subject_b"]): row for row in rows}


def test_evening_away_from_the_centre(make_city):
    rows = rows_of(make_city(1, 42, evening_km=4.0))
    whole = rows[("local_hour", "space:distance_km")]
    assert whole["p_value"] == 0.001
    assert whole["statistic"] > 0.2
    late, noon = (
        rows[("local_hour:21", "space:distance_km")],
        rows[("local_hour:12", "space:distance_km")],
    )
    assert late["effect"] > 1 > 0 > noon["effect"]
    assert late["p_value"] < 1e-6


def test_chance_level(make_city):
    p_values = [
        [row["p_value"] for row in rows_of(make_city(seed, 21)).values()] for seed in range(8)
    ]
    assert 0.01 < np.mean(np.concatenate(p_values) < 0.05) < 0.1


def test_hours_without_enough_people_are_left_out(make_city):
    rows = space_time_rows(make_city(2, 21).cell_hours, {"local_hour:8"}, seed=0)
    assert {row["subject_a"] for row in rows} == {"local_hour", "local_hour:8"}


def test_distance_is_the_great_circle_from_the_median_of_activity():
    centre = h3.latlng_to_cell(40.7, -74.0, 9)
    north = h3.latlng_to_cell(41.7, -74.0, 9)
    placed = pd.DataFrame({"h3_r9": [centre, north, centre], "events": [60, 50, 40]})
    measures = cell_measures(placed)
    expected = h3.great_circle_distance(
        h3.cell_to_latlng(centre), h3.cell_to_latlng(north), unit="km"
    )
    assert measures.loc[centre, "distance_km"] == pytest.approx(0, abs=1e-6)
    assert measures.loc[north, "distance_km"] == pytest.approx(expected, rel=1e-3)
    assert measures.loc[centre, "cell_activity"] == pytest.approx(np.log(100))


def test_a_few_far_events_do_not_stretch_the_distance():
    near, mid = h3.latlng_to_cell(40.7, -74.0, 9), h3.latlng_to_cell(40.8, -74.0, 9)
    far = h3.latlng_to_cell(48.8, 2.3, 9)
    placed = pd.DataFrame({"h3_r9": [near, mid, far], "events": [600, 400, 2]})
    distance = cell_measures(placed)["distance_km"]
    assert distance[far] == distance[mid] < 12


def test_a_day_far_out_as_a_whole_is_no_difference_between_hours(make_city):
    city = make_city(3, 14)
    measure = cell_measures(city.cell_hours)["distance_km"]
    moments = day_hours(city.cell_hours, measure)
    np.testing.assert_allclose(moments.sums.sum(axis=1), 0, atol=1e-8)
    assert moments.events.sum() == city.cell_hours["events"].sum()
    assert moments.events.shape == (14, 24)
