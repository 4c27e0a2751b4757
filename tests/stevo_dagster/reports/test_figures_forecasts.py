"""Fans: what was before what is expected, one series at a time, and how good it was."""

from __future__ import annotations

import pandas as pd

from stevo_dagster.reports.figures_forecasts import HISTORY, fan_figures
from stevo_dagster.reports.inputs import empty


def test_the_fan_follows_what_was(make_city, make_inputs):
    city = make_city(4, 60)
    inputs = make_inputs(city, correlations=empty("correlations"))
    (figure,) = fan_figures(inputs)
    rows = pd.DataFrame(figure.chart.to_dict()["data"]["values"])
    past, future = rows[rows["events"].notna()], rows[rows["mean"].notna()]
    assert past["day"].max() < future["day"].min()
    assert past.groupby("series").size().to_dict() == {"click": HISTORY, "search": HISTORY}
    assert future.groupby("series").size().to_dict() == {"click": 7, "search": 7}
    assert [value for value, _ in figure.controls[0].choices] == ["click", "search"]
    assert "it held 91%" in figure.lead and "0.80" in figure.lead and "1.10" in figure.lead
    assert set(figure.table["Where"]) == {"all places", f"cell {inputs.forecasts['cell'].iloc[-1]}"}


def test_no_forecast_no_fan(make_city, make_inputs):
    bare = {name: empty(name) for name in ("correlations", "forecasts")}
    assert fan_figures(make_inputs(make_city(4, 60), **bare)) == []
