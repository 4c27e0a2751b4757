"""Runs in this process: what is told, what is recorded, and failures as one message."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from stevo_dagster.home import widen_days
from stevo_dagster.instance import COMMAND_TAG, open_instance
from stevo_dagster.lake import UNDATED, run_staging, write_table
from stevo_dagster.runner import RANGE_END, RANGE_START, RunFailed, Runner
from stevo_dagster.warehouse.build import ensure_manifest


@pytest.fixture
def said() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def runner(settings, said):
    ensure_manifest()
    with open_instance(settings) as instance:
        yield Runner(settings, instance, lambda *line: said.append(line))


def test_names_are_those_of_the_graph(runner):
    names, made = runner.asset_names(), runner.made_names()
    assert {"events", "fct_events", "sequences", "release"} <= set(names)
    assert set(made) < set(names) and names == sorted(names)
    assert not {"events", "fct_events", "dim_users"} & set(made)


def test_a_table_that_was_made_is_told_with_its_rows_and_the_run_is_the_commands(
    runner, settings, said
):
    with run_staging(settings.lake, "r"):
        items = pd.DataFrame({"item_id": list("abc"), "events": [1, 2, 3]})
        write_table(settings.lake, "r", "dim_items", UNDATED, items, code_hash="x")
    runner.materialise(["item_features"], phase="release")
    (run,) = runner.instance.get_runs()
    assert run.tags[COMMAND_TAG] == "run" and run.is_success
    assert runner.runs == 1
    ((phase, line),) = said
    assert phase == "" and line.startswith("item_features") and "3 rows" in line


def test_a_failed_step_is_named_with_the_problem_its_place_and_the_way_out(runner):
    with pytest.raises(RunFailed) as error:
        runner.materialise(["item_features", "user_features"])
    lines = error.value.problem.splitlines()
    assert "build_item_features: dim_items is not published yet" in lines
    assert "build_user_features: dim_users is not published yet" in lines
    assert "StevoError" not in error.value.problem
    assert any("`stevo run` builds what is missing" in line for line in lines)
    assert runner.runs == 1


def test_a_range_of_days_is_one_run_with_its_ends(runner, settings):
    widen_days(settings, [date(2024, 10, 10), date(2024, 10, 12)])
    runner.reload()
    with pytest.raises(RunFailed, match="events day=2024-10-10 is not published"):
        runner.materialise(["fct_cleaning_ledger"], (date(2024, 10, 10), date(2024, 10, 12)))
    (run,) = runner.instance.get_runs()
    assert (run.tags[RANGE_START], run.tags[RANGE_END]) == ("2024-10-10", "2024-10-12")
