"""The demo end to end: real ingest, dbt, training, report and release, in a small city."""

from __future__ import annotations

import json
import re

import pytest

from stevo_dagster.commands.demo import next_commands
from stevo_dagster.lake import partitions, read, releases, tables
from stevo_dagster.settings import load_settings

pytestmark = pytest.mark.slow


def test_the_demo_prints_what_came_of_it(demo_home):
    _, output = demo_home
    assert re.search(r"Rows in +city: [\d,]+ lines = .*accepted.*\(sums exactly\)", output)
    assert "sums NOT" not in output
    assert re.search(r"Tests +\d+ passed, \d+ did not", output)
    assert "(ERROR)" not in output
    assert "visit_counter" in output
    assert re.search(r"Published +(model|baseline):", output)
    assert re.search(r"Release +\d{8}T\d{6}-[0-9a-f]{8}", output)
    assert output.rstrip().splitlines()[-4].endswith("Next:")


def test_every_published_table_and_the_report_are_in_the_release(demo_home):
    settings = load_settings(demo_home[0])
    now = releases.current(settings.releases)
    assert now.tables == sorted(
        [
            "next_place_predictions",
            "next_event_predictions",
            "recommendations",
            "explanations",
            "evaluation",
            "activity_days",
            "activity_hours",
            "activity_cells",
            "correlations",
            "hot_spots",
            "flows",
            "clusters",
            "evolution",
            "seasonality",
            "changes",
            "forecasts",
        ]
    )
    page = (now.folder / "report.html").read_text()
    assert page.startswith("<!doctype html>")
    places = read("next_place_predictions", home=demo_home[0])
    assert set(places["model_source"]) == {now.info["model_source"]}
    assert "fct_events/day=2024-10-10" in now.pins
    assert now.info["checks"]["failed"] == 0 or now.info["checks"]["passed"] > 50


def test_the_released_numbers_follow_from_the_marts(demo_home):
    events = read("fct_events", home=demo_home[0])
    sequences = read("sequences", home=demo_home[0])
    assert len(events) == len(sequences)
    days = read("agg_user_days", home=demo_home[0])
    assert days["events"].sum() == len(events)
    cleaning = read("fct_cleaning_ledger", home=demo_home[0])
    raw = read("events", home=demo_home[0])
    assert len(raw) == len(events) + cleaning["removed"].sum()


def links(settings):
    """Where every published partition points."""
    lake = settings.lake
    return {
        lake.link(table, part): lake.link(table, part).readlink()
        for table in tables(lake)
        for part in partitions(lake, table)
    }


def test_a_second_demo_changes_nothing(demo_home, small_demo):
    settings = load_settings(demo_home[0])
    before = releases.current(settings.releases).id
    versions = links(settings)
    output = small_demo()
    assert "nothing is stale" in output
    assert "known already" in output
    assert releases.current(settings.releases).id == before
    assert links(settings) == versions
    assert len(releases.list_releases(settings.releases)) == 1


def test_the_next_commands_are_three_and_name_the_home(tmp_path):
    commands = next_commands(tmp_path)
    assert len(commands) == 3
    assert all(f"STEVO_HOME={tmp_path} " in command for command in commands)


def test_the_home_says_it_is_simulated_and_holds_its_own_key(demo_home):
    home = demo_home[0]
    state = json.loads((home / "home.json").read_text())
    assert state["simulated"] is True
    assert state["environment"] == "demo"
    key = home / "secrets" / "pseudonym.key"
    assert key.stat().st_mode & 0o077 == 0
    assert len(tables(load_settings(home).lake)) > 25
