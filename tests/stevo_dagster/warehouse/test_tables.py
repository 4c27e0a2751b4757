"""Declared tables agree with the graph: groups, look-backs and contracts."""

from __future__ import annotations

from functools import cache

import pytest

from stevo_dagster.warehouse import graph
from stevo_dagster.warehouse.build import ensure_manifest
from stevo_dagster.warehouse.plan import DAY_MODELS, UNDATED_MODELS, WINDOW_MODELS
from stevo_dagster.warehouse.tables import days_read, tables


def test_groups_are_disjoint_and_cover_the_lake_models() -> None:
    loaded = graph.read_manifest(ensure_manifest())
    groups = (*DAY_MODELS, *WINDOW_MODELS, *UNDATED_MODELS)
    assert len(groups) == len(set(groups))
    assert set(groups) == set(graph.lake_models(loaded))


@pytest.mark.parametrize("name", DAY_MODELS)
def test_the_look_back_into_events_is_that_of_the_parents_and_ones_own(name: str) -> None:
    loaded = graph.read_manifest(ensure_manifest())

    @cache
    def least(model: str) -> int:
        if model == "events":
            return 0
        own = tables()[model]
        return max(
            (own.parent_days.get(parent, 0) + least(parent))
            if parent != "events"
            else own.lookback_days
            for parent in graph.parents(loaded, model)
        )

    assert tables()[name].lookback_days == least(name)


def test_children_of_the_clean_events_read_seven_days_back() -> None:
    assert days_read("int_events_clean") == 7
    assert days_read("agg_user_days") == 27
    assert days_read("fct_events") == 0


def test_daily_tables_have_a_day_and_types() -> None:
    for name in (*DAY_MODELS, *WINDOW_MODELS):
        assert tables()[name].columns["day"] == "date" and tables()[name].is_daily
    assert not tables()["dim_users"].is_daily
