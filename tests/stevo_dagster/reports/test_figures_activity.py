"""Figures of activity: pooled hours, hidden days, holidays, and what the map leaves out."""

from __future__ import annotations

from functools import partial

import pandas as pd
import pytest

from stevo_dagster.reports import figures_activity
from stevo_dagster.reports.inputs import empty
from tests.stevo_dagster.reports.conftest import activity_of


@pytest.fixture
def inputs_of(make_inputs):
    """Inputs without correlations, which nothing here draws and which take a second to make."""
    return partial(make_inputs, correlations=empty("correlations"))


def test_small_crowds_get_wider_hours(make_city, inputs_of):
    city = make_city(1, 30, people=14)
    inputs = inputs_of(city, k=14, **activity_of(city.events, city.calendar, 14))
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
    days = make_city(2, 30).activity["activity_days"].copy()
    quiet = days["day"].between("2024-03-02", "2024-03-03")
    days.loc[quiet, ["events", "users"]] = pd.NA
    (figure,) = figures_activity.calendar_figures(inputs_of(make_city(2, 30), activity_days=days))
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
    long = pd.DataFrame(
        {
            "day": days, "event_type": "click", "events": 100, "users": 50, "is_holiday": False,
            "holiday_name": "", "is_weekend": days.day_of_week >= 5,
        }
    )  # fmt: skip
    (figure,) = figures_activity.calendar_figures(inputs_of(make_city(2, 14), activity_days=long))
    assert len(figure.table) <= figures_activity.MAX_WEEKS * 7
    assert figure.table["Day"].max() == "2024-01-01"


def test_cycles_tell_what_is_supported_and_leave_cells_out(make_city, inputs_of):
    inputs = inputs_of(make_city(2, 14))
    cell = inputs.seasonality.head(1).assign(subject="cell:89aa")
    rows = pd.concat([inputs.seasonality, cell])
    (figure,) = figures_activity.cycle_figures(inputs_of(make_city(2, 14), seasonality=rows))
    assert "6 of 7 cycles are supported" in figure.lead
    assert "category cafe" in set(figure.table["Subject"])
    assert "Saturday" in set(figure.table["Busiest"]) and "16:00" in set(figure.table["Busiest"])
    assert figures_activity.cycle_figures(inputs_of(make_city(2, 14), seasonality=cell)) == []
