"""Narrowing: rows are taken or left whole, by days, types, region and segment."""

from __future__ import annotations

from datetime import date

import h3
import pandas as pd
import pytest

from stevo_dagster.explore.choice import Choice, event_types, narrow, regions, segments


def rows_of(frame: pd.DataFrame) -> set[tuple]:
    return set(frame.astype(str).itertuples(index=False, name=None))


def test_nothing_chosen_is_everything(city_inputs):
    narrowed = narrow(city_inputs, Choice())
    for name in ("activity_days", "activity_cells", "correlations", "evaluation", "forecasts"):
        pd.testing.assert_frame_equal(getattr(narrowed, name), getattr(city_inputs, name))


def test_days_take_whole_periods_alone(city_inputs):
    narrowed = narrow(city_inputs, Choice(date(2024, 3, 5), date(2024, 3, 20)))
    days = narrowed.activity_days["day"]
    assert (days.min(), days.max()) == (pd.Timestamp("2024-03-05"), pd.Timestamp("2024-03-20"))
    assert set(narrowed.activity_cells["first_day"]) == {pd.Timestamp("2024-03-11")}


def test_types_narrow_every_table_that_names_them(city_inputs):
    narrowed = narrow(city_inputs, Choice(event_types=("search", "purchase")))
    for name in ("activity_days", "activity_hours", "activity_cells", "hot_spots"):
        assert set(getattr(narrowed, name)["event_type"]) <= {"search", "purchase"}
    named = set(narrowed.correlations["subject_a"]) | set(narrowed.correlations["subject_b"])
    types = {name for name in named if name.startswith("event_type:")}
    assert types == {"event_type:search", "event_type:purchase"}
    assert "calendar:weekend" in named and "category:cafe" in set(narrowed.seasonality["subject"])


def test_a_region_keeps_its_cells_and_every_group_is_a_published_one(city_inputs):
    counted = regions(city_inputs)
    assert sum(counted.values()) == city_inputs.activity_cells["events"].sum()
    for region in counted:
        narrowed = narrow(city_inputs, Choice(region=region))
        assert narrowed.activity_cells["events"].sum() == counted[region]
        assert rows_of(narrowed.activity_cells) <= rows_of(city_inputs.activity_cells)
        level = h3.get_resolution(region)
        cells = narrowed.hot_spots["cell"]
        assert all(h3.cell_to_parent(cell, level) == region for cell in cells)


def test_a_segment_takes_the_place_of_all(city_inputs):
    assert segments(city_inputs) == ["discovery", "return"]
    narrowed = narrow(city_inputs, Choice(segment="return")).evaluation
    values = city_inputs.evaluation.query("segment == 'return'")["value"]
    assert narrowed["value"].to_list() == pytest.approx(values.to_list())
    assert set(narrowed["segment"]) == {"all"}


def test_types_come_most_frequent_first(city_inputs):
    assert event_types(city_inputs)[0] == "click" and len(event_types(city_inputs)) == 5
