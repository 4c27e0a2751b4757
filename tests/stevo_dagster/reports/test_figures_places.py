"""Figures of places: periods to slide over, changes that are supported, and what is not drawn."""

from __future__ import annotations

from functools import partial

import pytest

from stevo_dagster.reports.figures_places import (
    MAX_CLASSES,
    TOP_CELLS,
    density_figures,
    flow_figures,
    hot_spot_figures,
)
from stevo_dagster.reports.inputs import empty


@pytest.fixture
def inputs_of(make_inputs):
    return partial(make_inputs, correlations=empty("correlations"))


def test_the_slider_goes_over_every_period_and_the_whole_time(make_city, inputs_of):
    city = make_city(4, 30)
    (figure,) = density_figures(inputs_of(city))
    (control,) = figure.controls
    values = [value for value, _ in control.choices]
    weeks = sorted(set(city.activity["activity_cells"]["first_day"].dt.strftime("%Y-%m-%d")))
    assert control.kind == "range" and values == ["all", *weeks] and len(weeks) >= 3
    assert control.choices[1][1] == "2024-02-26 to 2024-03-03"
    rows = figure.chart.to_dict()["layer"][1]["data"]["values"]
    assert {row["period"] for row in rows} == set(values)
    assert "hexagons hold" in figure.lead and len(figure.table) <= TOP_CELLS


def test_no_places_no_map(make_city, inputs_of):
    nothing = {name: empty(name) for name in ("activity_cells", "hot_spots", "flows")}
    inputs = inputs_of(make_city(4, 30), **nothing)
    assert density_figures(inputs) == hot_spot_figures(inputs) == flow_figures(inputs) == []


def test_supported_changes_come_first_and_are_counted(make_city, inputs_of):
    inputs = inputs_of(make_city(4, 30))
    (figure,) = hot_spot_figures(inputs)
    assert "2 changes are supported" in figure.lead
    assert list(figure.table["Class"].head(2)) == ["intensifying hot"] * 2
    assert "no pattern" not in set(figure.table["Class"])
    assert [value for value, _ in figure.controls[0].choices] == ["search", "purchase"]
    outlined = figure.chart.to_dict()["layer"][2]["data"]["values"]
    assert len(outlined) == 2 and all(row["row"].startswith("#hot-spots-row-") for row in outlined)


def test_too_many_classes_are_drawn_as_one(make_city, inputs_of):
    inputs = inputs_of(make_city(4, 30))
    many = inputs.hot_spots.copy()
    many["class"] = [f"kind{place % 12}_hot" for place in range(len(many))]
    (figure,) = hot_spot_figures(inputs_of(make_city(4, 30), hot_spots=many))
    drawn = {row["class"] for row in figure.chart.to_dict()["layer"][1]["data"]["values"]}
    assert len(drawn) == MAX_CLASSES and "other patterns" in drawn


def test_flows_are_drawn_by_week_and_added_up(make_city, inputs_of):
    (figure,) = flow_figures(inputs_of(make_city(4, 30)))
    assert "6 ways between places" in figure.lead
    assert [value for value, _ in figure.controls[0].choices] == ["all", "2024-03-04", "2024-03-11"]
    assert list(figure.table["Moves"]) == ["70", "68", "66", "64", "62", "60"]
    assert set(figure.table["People, at least"]) == {"12"}
    rows = figure.chart.to_dict()["layer"][1]["data"]["values"]
    assert len(rows) == 18 and all(row["latitude2"] > 40 for row in rows)
