"""`docs/quality-gates.md` says what is: its suites, its error text, its example, its files."""

from __future__ import annotations

import re

import duckdb
import pytest

from stevo_dagster.checks.adapter import run_suite_on
from stevo_dagster.checks.events import events_suite, ledger_suite
from stevo_dagster.checks.gate import require
from stevo_dagster.checks.release import release_suites
from stevo_dagster.checks.sequences import sequences_suite
from stevo_dagster.checks.suite import Suite, finite_between
from stevo_dagster.errors import StevoError
from stevo_dagster.settings import PROJECT_ROOT

PAGE = (PROJECT_ROOT / "docs" / "quality-gates.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_every_suite_is_on_the_page():
    suites = [events_suite(), ledger_suite(0.5), sequences_suite(), *release_suites(10).values()]
    assert [one.table for one in suites if f"`{one.table}`" not in PAGE] == []


def test_every_file_named_in_a_command_is_there():
    named = re.findall(r"(?:benchmarks|tests)/[\w/.]+", PAGE)
    assert named
    assert [name for name in named if not (PROJECT_ROOT / name).exists()] == []


def test_the_error_is_the_one_that_is_raised():
    with duckdb.connect() as con:
        con.execute("create table events as select 999.0::double as latitude from range(3)")
        suite = Suite("events", "events", (finite_between("latitude", -90, 90),))
        with pytest.raises(StevoError) as error:
            require(run_suite_on(con, suite))
    assert f"error: {error.value}" in PAGE


def test_the_example_suite_runs():
    (example,) = (block for block in blocks("python") if "SHOPS = Suite(" in block)
    made: dict = {}
    exec(compile(example, "quality-gates.md", "exec"), made)
    with duckdb.connect() as con:
        con.execute(
            "create table shops as select 's1' as shop_id, 40.7 as latitude,"
            " time '18:00' as closes_at, time '19:00' as opens_at"
        )
        found = {one.name: one for one in run_suite_on(con, made["SHOPS"])}
    assert [name for name, one in found.items() if not one.success] == ["closes_after_opening"]
    assert found["closes_after_opening"].sample == [{"shop_id": "s1"}]
