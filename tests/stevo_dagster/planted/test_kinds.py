"""What is planted is found in a city, and is not found where the truth says another thing."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest

from stevo_dagster.planted.kinds import KINDS

WRONG = {
    "daily cycle": lambda truth: truth["daily_cycle"].update(peak_local_hours=[4]),
    "weekly cycle": lambda truth: truth["weekly_cycle"].update(
        factor_monday_first=[1, 5, 1, 1, 1, 1, 1]
    ),
    "holiday peak": lambda truth: truth["holidays"].update(event_types=["nothing"]),
    "mall footfall hours": lambda truth: truth["mall_footfall"].update(peak_local_hours=[9]),
    "hot spot: class": lambda truth: truth["hot_spot"]["class_at_end"].update(
        classes=["historical"]
    ),
    "hot spot: direction": lambda truth: truth["hot_spot"].update(bearing_degrees=201.0),
    "search to purchase": lambda truth: truth["search_to_purchase"].update(lag_hours=20),
}


@pytest.mark.parametrize("name", list(KINDS))
def test_what_is_planted_is_found(name, known):
    assert KINDS[name](known.findings, known.truth)


@pytest.mark.parametrize("name", list(WRONG))
def test_another_truth_is_not_found(name, known):
    truth = copy.deepcopy(known.truth)
    WRONG[name](truth["effects"])
    assert not KINDS[name](known.findings, truth)


def test_communities_of_other_places_are_not_found(known):
    truth = copy.deepcopy(known.truth)
    items = sorted(
        {
            item
            for kind in truth["kinds"].values()
            for role in kind["anchors"].values()
            for item in role["items"]
        }
    )
    truth["kinds"] = {
        f"kind{part}": {"anchors": {"home": {"items": items[part::5]}}} for part in range(5)
    }
    assert not KINDS["communities"](known.findings, truth)


def test_without_findings_nothing_is_found(known):
    empty = {
        name: getattr(known.findings, name).head(0)
        for name in ("correlations", "seasonality", "changes", "hot_spots", "flows")
    }
    found = replace(known.findings, drift=None, **empty)
    assert not any(kind(found, known.truth) for kind in KINDS.values())
