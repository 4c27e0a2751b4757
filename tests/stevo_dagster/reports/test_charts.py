"""Every chart compiles, becomes a PNG, and carries no colours of its own."""

from __future__ import annotations

import json
import re
import struct

import pandas as pd
import pytest

from stevo_dagster.reports.charts import metric_bars, png, records, specification
from stevo_dagster.reports.figures import figures
from stevo_dagster.reports.language import Say
from stevo_dagster.reports.theme import DARK_RAMP, LIGHT_RAMP, chart_config


@pytest.fixture(scope="module")
def drawn(make_city, make_inputs):
    return figures(make_inputs(make_city(5, 60, lag_hours=6, evening_km=2.0)))


def test_every_figure_becomes_a_png(drawn):
    for figure in drawn:
        data = png(figure.chart, width=300)
        assert data[:8] == b"\x89PNG\r\n\x1a\n"
        width, height = struct.unpack(">II", data[16:24])
        assert 600 < width < 1200 and height > 200, figure.id


def test_colours_come_from_the_theme(drawn):
    for figure in drawn:
        spec = specification(figure.chart)
        assert figure.chart.to_dict()["$schema"].endswith(".json"), "follows the schema"
        assert "config" not in spec
        assert spec["width"] == "container"
        assert not re.search(r"#[0-9a-fA-F]{6}", json.dumps(spec)), figure.id
    light, dark = chart_config(), chart_config(dark=True)
    assert light["range"]["ramp"] == LIGHT_RAMP and dark["range"]["ramp"] == DARK_RAMP
    assert json.dumps(light) != json.dumps(dark)


def test_records_are_plain_json():
    frame = pd.DataFrame({"at": pd.to_datetime(["2024-01-02"]), "x": [float("nan")], "n": [3]})
    values = records(frame).to_dict()["values"]
    assert values[0]["x"] is None
    assert values[0]["n"] == 3
    assert values[0]["at"].startswith("2024-01-02")


def test_a_metric_of_zero_still_has_an_axis():
    rows = pd.DataFrame(
        {
            "model": ["a"],
            "value": [0.0],
            "ci_low": [None],
            "ci_high": [None],
            "is_published": [True],
        }
    ).astype({"ci_low": float, "ci_high": float})
    assert png(metric_bars(rows, Say()), width=200)[:4] == b"\x89PNG"
