"""Every figure there are data for, in the order of the page, and none for which there are none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stevo_dagster.reports.figure import FORECASTS, MODEL, RELATIONS, WHEN, WHERE, Figure
from stevo_dagster.reports.figures import figures
from stevo_dagster.reports.inputs import ReportInputs, empty


@pytest.fixture(scope="module")
def inputs(make_city, make_inputs) -> ReportInputs:
    return make_inputs(make_city(5, 42, lag_hours=6))


@pytest.fixture(scope="module")
def drawn(inputs) -> list[Figure]:
    return figures(inputs)


def test_all_figures_are_there_in_the_order_of_the_page(drawn):
    names = [figure.id for figure in drawn]
    assert names[:11] == [
        "week-hours", "type-hours", "calendar", "cycles", "map", "hot-spots", "flows",
        "type-correlations", "lags", "distance-hours", "forecast",
    ]  # fmt: skip
    assert names[-1] == "loss"
    assert len(names) == len(set(names))
    assert all(len(figure.table) for figure in drawn)
    sections = list(dict.fromkeys(figure.section for figure in drawn))
    assert sections == [WHEN, WHERE, RELATIONS, FORECASTS, MODEL]


@pytest.mark.parametrize(
    ("lacking", "gone"),
    [
        ("activity_cells", {"map"}),
        ("hot_spots", {"hot-spots"}),
        ("flows", {"flows"}),
        ("seasonality", {"cycles"}),
        ("forecasts", {"forecast"}),
        ("curves", {"loss"}),
        ("correlations", {"type-correlations", "lags", "distance-hours"}),
    ],
)
def test_a_part_that_is_missing_takes_its_figures_alone(inputs, drawn, lacking, gone):
    whole = {figure.id for figure in drawn}
    part = {figure.id for figure in figures(replace(inputs, **{lacking: empty(lacking)}))}
    assert whole - part == gone
    assert part < whole


def test_nothing_is_drawn_of_a_crowd_below_k(make_city, make_inputs):
    city = make_city(5, 14, people=8)
    parts = (
        "curves",
        "evaluation",
        "correlations",
        "hot_spots",
        "flows",
        "seasonality",
        "forecasts",
    )
    nothing = {name: empty(name) for name in parts}
    assert [figure.id for figure in figures(make_inputs(city, **nothing))] == []
