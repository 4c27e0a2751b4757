"""Sentences built from numbers."""

from __future__ import annotations

import pandas as pd
import pytest

from stevo_dagster.reports import wording
from stevo_dagster.reports.inputs import empty
from stevo_dagster.reports.language import Say
from tests.stevo_dagster.reports.conftest import hot_spots, seasonality


def row(**changes):
    """A row of correlations."""
    base = {
        "kind": "lagged", "subject_a": "event_type:search", "subject_b": "event_type:purchase",
        "lag_hours": 6, "statistic": 0.271, "q_value": 0.0001, "n": 1440, "effect": 0.26,
    }  # fmt: skip
    return base | changes


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Purchases rise 6 hours after searches rise (correlation +0.27, q < 0.001, n = 1,440"),
        ({"lag_hours": -1}, "Searches rise 1 hour after purchases rise"),
        ({"statistic": -0.3}, "Purchases fall 6 hours after searches rise"),
        ({"kind": "pearson", "lag_hours": 0}, "Searches and purchases rise and fall together"),
        ({"kind": "pearson", "statistic": -0.2}, "rise and fall in opposite directions"),
        (
            {"kind": "calendar", "subject_b": "calendar:weekend", "effect": -0.4},
            "Searches are 40% lower at weekends",
        ),
        (
            {"kind": "calendar", "subject_b": "calendar:holiday", "effect": 0.5},
            "Searches are 50% higher on holidays",
        ),
        (
            {"kind": "space_time", "subject_a": "local_hour:7", "subject_b": "space:distance_km",
             "effect": -1.5},
            "At 07:00 people are 1.50 km closer in",
        ),
        (
            {"kind": "space_time", "subject_a": "local_hour:19",
             "subject_b": "space:cell_activity"},
            "At 19:00 people are in busier cells",
        ),
        (
            {"kind": "space_time", "subject_a": "local_hour", "subject_b": "space:distance_km"},
            "Distance from the centre changes with the hour of the day",
        ),
        (
            {"kind": "spearman", "subject_a": "cell:89aa", "subject_b": "cell:89bb"},
            "Cell 89aa and cell 89bb rise and fall together",
        ),
        ({"subject_a": "event_type:page_turn"}, "after page turn events rise"),
    ],
)  # fmt: skip
def test_describe(changes, words):
    assert words in wording.describe(row(**changes), Say())


def test_findings_are_few_and_mixed():
    kinds = ["lagged", "calendar", "space_time", "pearson"]
    rows = [
        row(kind=kind, subject_a=f"event_type:{kind}{number}", statistic=0.9 - number / 10)
        for kind in kinds
        for number in range(4)
    ]
    relations, nothing = pd.DataFrame(rows), [empty("seasonality"), empty("hot_spots")]
    found = wording.findings(relations, *nothing, Say())
    assert len(found) == wording.MAX_FINDINGS
    assert sum("after" in sentence for sentence in found) == 2
    assert wording.findings(relations.assign(q_value=0.06), *nothing, Say()) == []
    mixed = wording.findings(relations, seasonality(), hot_spots(), Say())
    assert len(mixed) == wording.MAX_FINDINGS
    assert "become more" in mixed[-2] and "Kendall's tau +0.60, q 0.004, n = 60" in mixed[-2]
    assert "repeat from day to day, busiest at 16:00" in mixed[-1]
    weak = [frame.assign(q_value=0.06) for frame in (relations, seasonality(), hot_spots())]
    assert wording.findings(*weak, Say()) == []


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda: wording.compact(1234567), "1.2 M"),
        (lambda: wording.compact(12345), "12,345"),
        (lambda: wording.compact(float("nan")), "–"),
        (lambda: wording.share(1, 3), "33.3%"),
        (lambda: wording.share(1, 0), "–"),
        (lambda: wording.p_text(0.00099), "< 0.001"),
        (lambda: wording.p_text(0.0123), "0.012"),
        (lambda: wording.published_model("baseline:markov"), "markov"),
        (lambda: wording.published_model("markov"), "markov"),
    ],
)
def test_numbers(call, expected):
    assert call() == expected


def test_busiest_hours_may_cross_midnight():
    hours = pd.DataFrame({"weekday": [1, 7], "hour": [5, 21], "width": [3, 3], "events": [4, 9]})
    assert (
        wording.busiest(hours, Say())
        == "The week is busiest on Sunday from 21:00 to 00:00 local time."
    )
    assert wording.busiest(hours.iloc[:0], Say()) == ""
