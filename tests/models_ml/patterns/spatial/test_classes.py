"""Every class by an example, as Esri's page describes it, and cold mirroring hot."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from models_ml.patterns.spatial.classes import CLASSES, KINDS, NONE, classify

# ten bins: + hot, - cold, . neither
EXAMPLES = {
    ".........+": "new",
    "-........+": "new",
    ".......+++": "consecutive",
    "++++++++++": "persistent",
    "+++++++++.": "historical",
    "..+..+.+.+": "sporadic",
    "-.+..+...+": "oscillating",
    "..........": None,
    ".++++++++.": None,
    "++++......": None,
}


def _classify(text: str, way: int) -> str:
    marks = np.array(list(text))
    return classify([marks == "+"], [marks == "-"], np.array([way]))[0]


def _cold(text: str) -> str:
    return text.translate(str.maketrans("+-", "-+"))


@pytest.mark.parametrize(("text", "kind"), EXAMPLES.items())
def test_without_a_trend_the_order_of_hot_bins_decides(text, kind):
    assert _classify(text, 0) == (f"{kind}_hot" if kind else NONE)


@pytest.mark.parametrize(("text", "kind"), EXAMPLES.items())
def test_cold_mirrors_hot(text, kind):
    if _cold(text)[-1] == "-" or kind in (None, "historical"):
        assert _classify(_cold(text), 0) == (f"{kind}_cold" if kind else NONE)


@pytest.mark.parametrize(
    ("text", "way", "found"),
    [
        ("++++++++++", 1, "intensifying_hot"),
        ("......+.++", 1, "intensifying_hot"),
        ("++++++++++", -1, "diminishing_hot"),
        ("+++......+", -1, "diminishing_hot"),
        ("+++.......", -1, "historical_hot"),
        ("+++.......", 1, NONE),
        ("..........", -1, NONE),
        ("----------", -1, "intensifying_cold"),
        ("----------", 1, "diminishing_cold"),
        ("---.......", 1, "historical_cold"),
    ],
)
def test_a_supported_trend_decides_by_itself(text, way, found):
    assert _classify(text, way) == found


def test_all_classes_can_be_reached_and_are_listed_once():
    assert len(set(CLASSES)) == len(CLASSES) == 2 * len(KINDS) + 1
    reached = {_classify(_cold(text) if cold else text, way)
               for text in EXAMPLES for cold in (False, True) for way in (-1, 0, 1)}  # fmt: skip
    assert reached == set(CLASSES)


def test_few_hot_days_by_chance_are_no_history():
    hot = np.zeros(60, dtype=bool)
    # of 60 bins with one chance in 40, four or more come once in 15, five or more once in 56
    hot[:4] = True
    assert classify([hot], [~hot & False], np.array([-1])) == [NONE]
    hot[4] = True
    assert classify([hot], [~hot & False], np.array([-1])) == ["historical_hot"]


@pytest.mark.parametrize("bins", [10, 26, 60, 182])
def test_what_is_more_than_chance_is_that_of_the_binomial_distribution(bins):
    least = next(hot for hot in range(bins) if stats.binom.sf(hot - 1, bins, 0.025) < 0.05)
    for hot, kind in ((least - 1, NONE), (least, "historical_hot")):
        was = np.arange(bins) < hot
        assert classify([was], [was & False], np.array([-1])) == [kind]
