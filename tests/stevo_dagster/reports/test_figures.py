"""What figures say: pooled hours, hidden days, lags, published model."""

from __future__ import annotations

import pytest

from stevo_dagster.reports.figures import figures
from stevo_dagster.reports.figures_model import scored


def by_id(inputs):
    """Figures by name."""
    return {figure.id: figure for figure in figures(inputs)}


def test_small_crowds_get_wider_hours(make_city, make_inputs):
    found = by_id(make_inputs(make_city(1, 30, people=14), k=14))
    assert "Hours are pooled by" in found["week-hours"].lead
    assert len(found["week-hours"].table) < 24


def test_quiet_days_are_left_out_and_counted(make_city, make_inputs):
    city = make_city(2, 30)
    calendar = city.calendar.copy()
    calendar.loc[[1, 2], "users"] = 9
    figure = by_id(make_inputs(city, calendar=calendar))["calendar"]
    assert "2 days with fewer than 10 people are left out" in figure.lead
    assert len(figure.table) == 28
    assert "2024-03-02" not in set(figure.table["Day"])


def test_calendar_marks_holidays(make_city, make_inputs):
    figure = by_id(make_inputs(make_city(2, 40)))["calendar"]
    assert "Holidays are outlined" in figure.lead
    table = figure.table.set_index("Day")["Holiday"]
    assert table["2024-03-29"] == "Easter" and table["2024-03-28"] == ""


def test_lag_figure_shows_the_lead(make_city, make_inputs):
    figure = by_id(make_inputs(make_city(3, 60, lag_hours=6)))["lags"]
    first = figure.table.set_index("Pair").loc["search → purchase"]
    assert first["Strongest at (hours)"] == "+6"
    assert "Dots are supported" in figure.lead


def test_lag_figure_without_claims_says_so(make_city, make_inputs):
    inputs = make_inputs(make_city(3, 42))
    table = inputs.correlations.assign(q_value=1.0)
    figure = by_id(make_inputs(make_city(3, 42), correlations=table))["lags"]
    assert "No lag is supported" in figure.lead


def test_map_tells_the_share_it_shows(make_city, make_inputs):
    city = make_city(4, 30)
    figure = by_id(make_inputs(city))["map"]
    assert "of the placed events" in figure.lead
    assert len(figure.table) == 25


def test_metrics_mark_the_published_model(make_city, make_inputs):
    city = make_city(4, 14)
    found = by_id(make_inputs(city, model_source="baseline:visit_counter"))
    table = found["metric-next-place-acc-at-1"].table.set_index("Model")
    assert table["Published"].to_dict() == {
        "ST-Transformer": "", "blend": "", "visit counter": "yes", "markov": "", "popularity": "",
    }  # fmt: skip
    assert table.loc["visit counter", "Value (95% interval)"] == "0.240 (0.220–0.260)"


@pytest.mark.parametrize(("split", "expected"), [("test", "test"), ("val", "val")])
def test_scored_takes_the_test_split_if_there_is_one(make_city, make_inputs, split, expected):
    evaluation = make_inputs(make_city(4, 14)).evaluation.assign(split=split)
    evaluation.loc[0, "metric"] = "acc@1_minus_blend"
    rows = scored(evaluation)
    assert set(rows["split"]) == {expected} and set(rows["segment"]) == {"all"}
    assert not rows["metric"].str.contains("minus").any()


def test_loss_names_the_best_epoch(make_city, make_inputs):
    inputs = make_inputs(make_city(4, 14))
    best = int(inputs.curves.set_index("epoch")["val_loss"].idxmin())
    assert f"epoch {best} with" in by_id(inputs)["loss"].lead
