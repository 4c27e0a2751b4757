"""Inputs of a release: its shared tables alone; errors say what to do."""

from __future__ import annotations

import pandas as pd
import pytest

from stevo_dagster.errors import StevoError
from stevo_dagster.explore import released as module
from stevo_dagster.explore.released import chosen_release, released_inputs
from stevo_dagster.lake import read, releases
from stevo_dagster.lake.access import is_restricted
from stevo_dagster.reports.figures import figures


def test_it_reads_shared_tables_alone(released, monkeypatch):
    asked = []

    def recorded(table, *arguments, **options):
        asked.append(table)
        return read(table, *arguments, **options)

    monkeypatch.setattr(module, "read", recorded)
    released_inputs(released, chosen_release(released, None))
    assert len(asked) > 8
    assert [table for table in asked if is_restricted(table)] == []


def test_the_figures_are_those_of_the_report(released, city_inputs):
    inputs = released_inputs(released, chosen_release(released, None), "zh")
    assert inputs.language == "zh" and inputs.has_places
    assert inputs.as_of == pd.Timestamp("2024-04-12T18:00:00Z")
    drawn = {figure.id for figure in figures(inputs)}
    assert {figure.id for figure in figures(city_inputs)} - drawn == {"loss"}


def test_a_home_without_a_release_says_how_to_make_one(settings):
    with pytest.raises(StevoError, match="no release to explore yet"):
        chosen_release(settings, None)


def test_a_release_from_before_is_refused_by_the_table_it_lacks(released, tmp_path):
    release = chosen_release(released, None)
    old = {
        name: release.table_file(name) for name in release.tables if not name.startswith("activity")
    }
    made = releases.build(tmp_path, old, {}, {"as_of": "2024-04-12"})
    with pytest.raises(StevoError, match="lacks activity_cells, activity_days, activity_hours"):
        released_inputs(released, made)
