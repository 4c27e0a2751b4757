"""The page's own tables."""

from __future__ import annotations

import pandas as pd

from stevo_dagster.reports import tables


def test_ledger_adds_up_by_source_and_in_all(make_city, make_inputs):
    inputs = make_inputs(make_city(1, 14))
    ledger = pd.concat([inputs.ledger, inputs.ledger.assign(source="shop").head(1)])
    shown = tables.quality(make_inputs(make_city(1, 14), ledger=ledger))
    assert "the sums agree" in shown
    assert '<th scope="row">city</th><td>2</td><td>1,500</td><td>1,430</td>' in shown
    assert '<th scope="row">all sources</th><td>3</td><td>2,500</td>' in shown


def test_a_ledger_that_does_not_add_up_is_said_to(make_city, make_inputs):
    inputs = make_inputs(make_city(1, 14))
    shown = tables.quality(make_inputs(make_city(1, 14), ledger=inputs.ledger.assign(lines=9999)))
    assert "lines are unaccounted for" in shown
    assert "the sums agree" not in shown


def test_relations_are_strongest_first(make_city, make_inputs):
    shown = tables.relations(make_inputs(make_city(1, 60, lag_hours=6, weekend=1.5)))
    assert shown.index("weekend") < shown.index("lagged")
    assert "+6" in shown


def test_segments_keep_returns_and_discoveries_apart(make_city, make_inputs):
    shown = tables.segments(make_inputs(make_city(1, 14)))
    assert '<th scope="row">ST-Transformer</th><td>0.818 (0.798–0.838)</td>' in shown
    assert shown.index("ST-Transformer") < shown.index("popularity")


def test_tiles_hide_a_small_crowd(make_city, make_inputs):
    shown = tables.tiles(make_inputs(make_city(1, 14, people=8)))
    assert "<b>under 10</b>" in shown
    assert "<b>31.0%</b>" in tables.tiles(make_inputs(make_city(1, 14)))


def test_what_features_are_worth_is_said_with_intervals_and_numbers(make_city, make_inputs):
    shown = tables.importance(make_inputs(make_city(1, 14)))
    assert "300 questions" in shown and "57 people" in shown
    assert "counts of visits and transitions" in shown and "0.260 (0.220–0.300)" in shown
    assert shown.index("0.260") < shown.index("0.010 (-0.010–0.020)")
    whole = make_inputs(make_city(1, 14)).importance
    for nothing in (whole.head(0), whole.assign(users=9)):
        assert tables.importance(make_inputs(make_city(1, 14), importance=nothing)) == ""


def test_cited_events_are_compared_with_others_in_words(make_city, make_inputs):
    shown = tables.faithfulness(make_inputs(make_city(1, 14)))
    assert "random events" in shown and "events of about the same age" in shown
    assert "1.110 (0.860–1.370)" in shown and "&lt; 0.001" in shown and "<td>20</td>" in shown
    whole = make_inputs(make_city(1, 14)).faithfulness
    for nothing in (whole.head(0), whole.assign(users=9)):
        assert tables.faithfulness(make_inputs(make_city(1, 14), faithfulness=nothing)) == ""
