"""A figure: where it stands on the page, and what it never tells by accident."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import altair as alt
import pandas as pd
import pytest

from stevo_dagster.reports import figure as module
from stevo_dagster.reports.figure import Figure
from stevo_dagster.reports.language import Say
from stevo_dagster.reports.page import titles


def one() -> Figure:
    table = pd.DataFrame({"H3 cell": ["892a1008003ffff"], "People": [12]})
    return Figure("map", module.WHERE, "Where", "12 hexagons.", "A map.", alt.Chart(), table)


def test_every_section_a_figure_may_stand_in_is_on_the_page():
    sections = (module.WHEN, module.WHERE, module.RELATIONS, module.FORECASTS, module.MODEL)
    assert len(set(sections)) == len(sections)
    assert set(sections) <= set(titles(Say()))


def test_its_rows_stay_out_of_logs():
    assert "892a1008003ffff" not in repr(one())


def test_it_cannot_be_changed_after_it_was_checked():
    figure = one()
    assert not figure.narrow
    with pytest.raises(FrozenInstanceError):
        figure.lead = "other"  # type: ignore[misc]
