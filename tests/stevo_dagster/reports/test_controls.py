"""Controls: labelled, bound to their chart, and nothing where there is nothing to choose."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stevo_dagster.reports.controls import controls, layers
from stevo_dagster.reports.figure import Control, Figure
from stevo_dagster.reports.figures import figures
from stevo_dagster.reports.language import Say


@pytest.fixture(scope="module")
def drawn(make_city, make_inputs) -> dict[str, Figure]:
    return {figure.id: figure for figure in figures(make_inputs(make_city(5, 42)))}


def test_a_slider_says_where_it_stands(drawn):
    shown = controls(drawn["map"])
    assert '<label for="map-period">Time</label><input type="range" id="map-period"' in shown
    assert 'aria-valuetext="all the time"' in shown and "2024-03-04 to 2024-03-10" in shown
    assert shown.count("<output") == 1


def test_a_list_has_every_choice_and_its_first_is_the_charts(drawn):
    shown = controls(drawn["forecast"])
    assert shown.count("<option") == 2
    (parameter,) = drawn["forecast"].chart.to_dict()["params"][:1]
    assert f'<option value="{parameter["value"]}">' in shown.split("</option>")[0]


def test_values_and_labels_are_escaped(drawn):
    control = Control("kind", "<Kind>", (('"><script>', "<b>"),))
    shown = controls(replace(drawn["map"], controls=(control,)))
    assert "<script" not in shown and "<b>" not in shown and "&lt;Kind&gt;" in shown


def test_figures_that_take_turns_have_a_switch(drawn):
    shown = layers("where", [drawn["map"], drawn["hot-spots"]], Say())
    assert shown.count('type="radio"') == 2 and shown.count(" checked") == 1
    assert 'value="figure-map"' in shown and "<legend>Layer of the map</legend>" in shown
    assert layers("where", [drawn["map"]], Say()) == ""
    assert controls(drawn["calendar"]) == ""
