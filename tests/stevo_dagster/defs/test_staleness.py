"""What `stevo run` would make again: nothing after a run, and what a change reaches after that."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from stevo_dagster import derived
from stevo_dagster.defs.staleness import default_values, stale_tables
from stevo_dagster.lake import UNDATED, run_staging, write_table


def test_an_empty_home_lacks_everything_in_order(settings):
    assert stale_tables(settings) == list(derived.DERIVED)


def test_after_the_demo_nothing_is_stale(demo_settings):
    assert stale_tables(demo_settings) == []


def test_another_k_makes_what_k_decides_again(demo_settings):
    other = replace(demo_settings, k_anonymity=11)
    assert stale_tables(other) == [
        "evaluation",
        "feature_importance",
        "citation_faithfulness",
        "correlations",
        "activity_days",
        "activity_hours",
        "activity_cells",
        "hot_spots",
        "flows",
        "clusters",
        "evolution",
        "seasonality",
        "changes",
        "forecasts",
        "report",
    ]


def test_a_table_that_changed_reaches_what_reads_it_and_no_more(demo_copy):
    lake = demo_copy.lake
    with run_staging(lake, "r"):
        data = pd.DataFrame({"item_id": ["a"], "events": [1]})
        write_table(lake, "r", "dim_items", UNDATED, data, code_hash="other")
    assert stale_tables(demo_copy) == ["item_features"]
    lake.link("evaluation", UNDATED).unlink()
    assert stale_tables(demo_copy) == [
        "item_features",
        "evaluation",
        "experiments",
        "champion",
        "report",
    ]


def test_every_default_belongs_to_a_table(demo_settings):
    assert set(default_values(demo_settings)) < set(derived.DERIVED)
