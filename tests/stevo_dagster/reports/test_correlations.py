"""Planted truth is found, noise is not claimed, and the table is as published."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from stevo_dagster.reports.correlations import COLUMNS, correlations, leads, strongest


def table_of(city, **options) -> pd.DataFrame:
    """Correlations of a city."""
    return correlations(city.cell_hours, city.calendar, city.users, **options)


@pytest.mark.parametrize(("seed", "lag"), [(1, 3), (2, 6), (3, 24)])
def test_planted_lag_is_found_within_an_hour(make_city, seed, lag):
    table = table_of(make_city(seed, 60, lag_hours=lag))
    top = leads(table).iloc[0]
    assert (top["subject_a"], top["subject_b"]) == ("event_type:search", "event_type:purchase")
    assert abs(top["lag_hours"] - lag) <= 1
    # a quarter of the searches lead to a purchase
    assert 0.15 < top["effect"] < 0.35


def test_noise_is_rarely_claimed(make_city):
    tables = [table_of(make_city(seed, 42)) for seed in range(12)]
    with_claims = sum(bool((table["q_value"] < 0.05).any()) for table in tables)
    assert with_claims <= 2
    small = np.mean([(table["p_value"] < 0.05).mean() for table in tables])
    assert 0.03 < small < 0.08


def test_columns_types_and_ranges_are_the_published_ones(make_city):
    table = table_of(make_city(4, 42, weekend=1.5, evening_km=3.0))
    assert list(table.columns) == list(COLUMNS)
    assert {name: str(kind) for name, kind in table.dtypes.items()} == COLUMNS
    assert set(table["kind"]) == {"pearson", "spearman", "lagged", "calendar", "space_time"}
    assert table["statistic"].between(-1, 1).all()
    assert table["p_value"].between(0, 1).all()
    assert (table["q_value"] >= table["p_value"] - 1e-12).all()
    assert not table.isna().any().any()
    assert not table.duplicated(["kind", "subject_a", "subject_b", "lag_hours"]).any()
    assert table["lag_hours"].abs().max() == 48


def test_q_values_are_monotone_in_p_within_a_kind(make_city):
    table = table_of(make_city(5, 42)).sort_values("p_value")
    for _, rows in table.groupby("kind"):
        assert all(low <= high + 1e-12 for low, high in pairwise(rows["q_value"]))


def test_weekend_and_evening_are_found(make_city):
    claims = strongest(table_of(make_city(6, 60, weekend=1.5, evening_km=3.0)))
    weekend = claims[claims["subject_b"] == "calendar:weekend"]
    assert len(weekend) == 5
    assert weekend["effect"].between(0.3, 0.7).all()
    evening = claims[
        (claims["subject_a"] == "local_hour:20") & (claims["subject_b"] == "space:distance_km")
    ]
    assert evening["effect"].iloc[0] > 0.5


def test_same_seed_gives_the_same_table_in_any_row_order(make_city):
    city = make_city(7, 30)
    shuffled = city.cell_hours.sample(frac=1.0, random_state=1)
    again = correlations(shuffled, city.calendar.iloc[::-1], city.users)
    pd.testing.assert_frame_equal(table_of(city), again)


def test_without_places_only_spatial_parts_are_left_out(make_city):
    table = table_of(make_city(8, 42, places=False, lag_hours=6))
    assert set(table["kind"]) == {"pearson", "spearman", "lagged", "calendar"}
    assert not table["subject_a"].str.startswith("cell:").any()
    assert leads(table).iloc[0]["lag_hours"] == 6


def test_subjects_with_fewer_than_k_people_are_not_reported(make_city):
    city = make_city(9, 42)
    users = city.users.copy()
    users.loc[users["subject"].isin(["event_type:cart", "local_hour:3"]), "users"] = 9
    table = correlations(city.cell_hours, city.calendar, users, k=10)
    subjects = set(table["subject_a"]) | set(table["subject_b"])
    assert not subjects & {"event_type:cart", "local_hour:3"}
    assert "event_type:click" in subjects
    cells = {name for name in subjects if name.startswith("cell:")}
    assert cells <= set(users.loc[users["users"] >= 10, "subject"])


@pytest.mark.parametrize("days", [1, 3, 10])
def test_too_short_a_time_gives_no_pairs(make_city, days):
    table = table_of(make_city(10, days))
    assert list(table.columns) == list(COLUMNS)
    assert not len(table)


def test_no_events_give_an_empty_table_of_the_same_types(make_city):
    city = make_city(11, 2)
    table = correlations(city.cell_hours.iloc[:0], city.calendar, city.users)
    assert {name: str(kind) for name, kind in table.dtypes.items()} == COLUMNS


def test_a_shared_rise_and_fall_is_not_called_a_lead():
    def row(kind, lag, r):
        return {"kind": kind, "subject_a": "event_type:click", "subject_b": "event_type:cart",
                "lag_hours": lag, "statistic": r, "p_value": 0.0, "q_value": 0.0, "n": 9,
                "effect": 0.1}  # fmt: skip

    together = pd.DataFrame([row("pearson", 0, 0.6), row("lagged", 1, 0.5), row("lagged", -1, 0.4)])
    assert not len(leads(together))
    apart = pd.DataFrame([row("pearson", 0, 0.1), row("lagged", 1, 0.5), row("lagged", 2, 0.4)])
    assert list(leads(apart)["lag_hours"]) == [1]
