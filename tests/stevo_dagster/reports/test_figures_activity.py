"""Figures of activity: pooled hours, hidden days, holidays, and what the map leaves out."""

from __future__ import annotations

from functools import partial

import pandas as pd
import pytest

from stevo_dagster.reports import figures_activity
from stevo_dagster.reports.inputs import empty


@pytest.fixture
def inputs_of(make_inputs):
    """Inputs without correlations, which nothing here draws and which take a second to make."""
    return partial(make_inputs, correlations=empty("correlations"))


def test_small_crowds_get_wider_hours(make_city, inputs_of):
    inputs = inputs_of(make_city(1, 30, people=14), k=14)
    (week,) = figures_activity.week_hours_figures(inputs)
    assert "Hours are pooled by" in week.lead
    assert len(week.table) < 24
    assert figures_activity.week_hours(inputs)["users"].min() >= 14


def test_a_large_crowd_keeps_single_hours_and_every_event(make_city, inputs_of):
    city = make_city(1, 30)
    (week,) = figures_activity.week_hours_figures(inputs_of(city))
    assert "pooled" not in week.lead
    assert list(week.table["Local hour"]) == [f"{hour:02d}:00" for hour in range(24)]
    assert week.table.drop(columns="Local hour").to_numpy().sum() == len(city.events)


def test_each_types_day_adds_up_and_names_its_peaks(make_city, inputs_of):
    city = make_city(1, 30)
    (figure,) = figures_activity.type_hours_figures(inputs_of(city))
    shares = figure.table.drop(columns="Local hour").map(lambda text: float(text.rstrip("%")))
    assert shares.sum().to_list() == pytest.approx([100] * 5, abs=1.2)
    most = city.events["event_type"].value_counts().index[0]
    assert most == "click" and "clicks at " in figure.lead
    assert figure.lead.count(" at ") == 3


def test_quiet_days_are_left_out_and_counted(make_city, inputs_of):
    city = make_city(2, 30)
    calendar = city.calendar.copy()
    calendar.loc[[1, 2], "users"] = 9
    (figure,) = figures_activity.calendar_figures(inputs_of(city, calendar=calendar))
    assert "2 days with fewer than 10 people are left out" in figure.lead
    assert len(figure.table) == 28
    assert "2024-03-02" not in set(figure.table["Day"])


def test_the_calendar_marks_holidays_or_says_there_are_none(make_city, inputs_of):
    (figure,) = figures_activity.calendar_figures(inputs_of(make_city(2, 40)))
    assert "Holidays are outlined" in figure.lead
    table = figure.table.set_index("Day")["Holiday"]
    assert table["2024-03-29"] == "Easter" and table["2024-03-28"] == ""
    (early,) = figures_activity.calendar_figures(inputs_of(make_city(2, 14)))
    assert "No holiday among them" in early.lead


def test_a_long_history_shows_its_newest_weeks(make_city, inputs_of):
    days = pd.date_range("2015-01-01", "2024-01-01", freq="D")
    calendar = pd.DataFrame(
        {
            "day": days, "events": 100, "users": 50, "is_holiday": False, "holiday_name": None,
            "is_weekend": days.day_of_week >= 5,
        }
    )  # fmt: skip
    inputs = inputs_of(make_city(2, 14), calendar=calendar)
    (figure,) = figures_activity.calendar_figures(inputs)
    assert len(figure.table) <= figures_activity.MAX_WEEKS * 7
    assert figure.table["Day"].max() == "2024-01-01"


def test_the_map_tells_the_share_it_shows(make_city, inputs_of):
    city = make_city(4, 30)
    (figure,) = figures_activity.map_figures(inputs_of(city))
    assert "of the placed events" in figure.lead
    assert len(figure.table) == figures_activity.TOP_CELLS
    assert figures_activity.map_figures(inputs_of(city, visits=empty("visits"))) == []
