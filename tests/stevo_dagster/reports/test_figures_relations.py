"""Figures of relations: what is supported, at which lag, and what is said when nothing is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stevo_dagster.reports.figures_relations import (
    MAX_LAG_PAIRS,
    distance_figures,
    lags_figures,
    matrix_figures,
)
from stevo_dagster.reports.inputs import ReportInputs, empty


@pytest.fixture(scope="module")
def inputs(make_city, make_inputs) -> ReportInputs:
    return make_inputs(make_city(3, 60, lag_hours=6, evening_km=2.0))


def test_the_planted_lead_comes_first(inputs):
    (figure,) = lags_figures(inputs)
    assert "Dots are supported" in figure.lead
    assert figure.table["Pair"].nunique() <= MAX_LAG_PAIRS
    pair = figure.table[figure.table["Pair"] == "searches → purchases"]
    assert pair.loc[pair["Correlation"].astype(float).idxmax(), "Hours"] == "+6"


def test_every_mark_links_to_the_row_that_tells_it(inputs):
    for figure in (*lags_figures(inputs), *matrix_figures(inputs)):
        spec = figure.chart.to_dict()
        marks = spec["layer"][-1].get("data", spec.get("data"))["values"]
        assert [mark["row"] for mark in marks] == [
            f"#{figure.id}-row-{place}" for place in range(len(figure.table))
        ]


def test_without_a_supported_lag_one_pair_is_shown_and_it_is_said(inputs):
    table = inputs.correlations.assign(q_value=1.0)
    (figure,) = lags_figures(replace(inputs, correlations=table))
    assert "No lag is supported" in figure.lead
    assert figure.table["Pair"].nunique() == 1


def test_the_matrix_counts_what_is_supported(inputs):
    (figure,) = matrix_figures(inputs)
    rows = inputs.correlations[inputs.correlations["kind"] == "pearson"]
    rows = rows[rows["subject_a"].str.startswith("event_type:")]
    supported = int((rows["q_value"] < 0.05).sum())
    assert f"{supported} of {len(rows)} pairs are supported" in figure.lead
    assert len(figure.table) == len(rows) == 10
    none = inputs.correlations.assign(q_value=1.0)
    (figure,) = matrix_figures(replace(inputs, correlations=none))
    assert f"0 of {len(rows)} pairs" in figure.lead


def test_evenings_that_were_moved_out_are_farther(inputs):
    (figure,) = distance_figures(inputs)
    table = figure.table.set_index("Local hour")["Kilometres farther out"].astype(float)
    assert list(table.index) == sorted(table.index)
    assert table["20:00"] > 0.2 > 0 > table["06:00"]


def test_nothing_related_nothing_drawn(inputs):
    for nothing in (empty("correlations"), inputs.correlations.iloc[:0]):
        bare = replace(inputs, correlations=nothing)
        assert matrix_figures(bare) == lags_figures(bare) == distance_figures(bare) == []
