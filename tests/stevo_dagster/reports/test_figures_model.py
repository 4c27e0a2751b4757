"""Figures of the model: the published one is marked, the intervals are told, the best epoch too."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stevo_dagster.reports.figures_model import loss_figures, metrics_figures, scored
from stevo_dagster.reports.inputs import ReportInputs, empty


@pytest.fixture(scope="module")
def inputs(make_city, make_inputs) -> ReportInputs:
    return make_inputs(make_city(4, 14), correlations=empty("correlations"))


def test_metrics_mark_the_published_model(inputs):
    found = metrics_figures(replace(inputs, model_source="baseline:visit_counter"))
    table = {figure.id: figure for figure in found}["metric-next-place-acc-at-1"].table
    table = table.set_index("Model")
    assert table["Published"].to_dict() == {
        "ST-Transformer": "", "blend": "", "visit counter": "yes", "markov": "", "popularity": "",
    }  # fmt: skip
    assert table.loc["visit counter", "Value (95% interval)"] == "0.240 (0.220–0.260)"


def test_places_and_event_types_have_the_metrics_that_say_something(inputs):
    names = [figure.id for figure in metrics_figures(inputs)]
    assert names == [
        "metric-next-place-acc-at-1",
        "metric-next-place-acc-at-10",
        "metric-next-place-mrr",
        "metric-next-place-ndcg-at-10",
        "metric-next-event-type-acc-at-1",
        "metric-next-event-type-mrr",
    ]


@pytest.mark.parametrize(("split", "expected"), [("test", "test"), ("val", "val")])
def test_scored_takes_the_test_split_if_there_is_one(inputs, split, expected):
    evaluation = inputs.evaluation.assign(split=split)
    evaluation.loc[0, "metric"] = "acc@1_minus_blend"
    rows = scored(evaluation)
    assert set(rows["split"]) == {expected} and set(rows["segment"]) == {"all"}
    assert not rows["metric"].str.contains("minus").any()
    assert not len(scored(empty("evaluation")))


def test_loss_names_the_best_epoch_of_those_that_were_measured(inputs):
    curves = inputs.curves.copy()
    best = int(curves.set_index("epoch")["val_loss"].idxmin())
    (figure,) = loss_figures(inputs)
    assert f"epoch {best} with" in figure.lead
    curves.loc[curves["epoch"] == best, "val_loss"] = float("nan")
    (figure,) = loss_figures(replace(inputs, curves=curves))
    assert f"epoch {best} with" not in figure.lead
    assert figure.lead.startswith("9 epochs")
    assert len(figure.table) == 9
