"""`stevo run` and `stevo backfill`: what they refuse, and how."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest
import typer
from typer.testing import CliRunner

from stevo_dagster import home
from stevo_dagster.commands import run
from stevo_dagster.commands.run import parse_day, parse_range, preview_lines
from stevo_dagster.errors import StevoError
from stevo_dagster.home import only_run
from stevo_dagster.lake import day_partition, run_staging, write_table
from stevo_dagster.settings import Settings
from stevo_dagster.warehouse.preview import Change, Difference, Measure, Preview


@pytest.fixture
def invoke(settings):
    app = typer.Typer()
    run.register(app)

    def call(*arguments: str):
        return CliRunner().invoke(app, list(arguments))

    return call


def test_a_day_that_is_none_is_refused_with_the_option():
    with pytest.raises(StevoError, match="'2024-02-30' is not a day") as error:
        parse_day("2024-02-30", "--from")
    assert error.value.where == "--from"


@pytest.mark.parametrize("text", ["2024-03-01", "..", "2024-03-01..", "..2024-03-01"])
def test_what_is_no_range_is_refused(text):
    with pytest.raises(StevoError, match="not a range of days"):
        parse_range(text)


def test_a_range_has_both_days():
    assert parse_range("2024-03-01..2024-03-31") == (date(2024, 3, 1), date(2024, 3, 31))


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("run", "--from", "2024-03-05", "--to", "2024-03-01"), "reversed"),
        (("backfill", "2024-03-05..2024-03-01"), "reversed"),
        (("run", "--from", "yesterday"), "not a day"),
        (
            (
                "backfill",
                "2024-03-01..2024-03-01",
                "--preview",
                "--select",
                "agg_flows,agg_user_windows",
            ),
            "not both",
        ),
    ],
)
def test_bad_ranges_touch_nothing(invoke, settings, arguments, problem):
    result = invoke(*arguments)
    assert isinstance(result.exception, StevoError)
    assert problem in result.exception.problem
    assert not settings.home.exists()


def test_an_empty_home_says_how_to_get_data(invoke, settings):
    result = invoke("run")
    assert isinstance(result.exception, StevoError)
    assert "there are no events yet" in result.exception.problem
    assert "stevo demo" in (result.exception.fix or "")


def test_a_second_run_at_the_same_time_is_refused(invoke, settings, monkeypatch):
    monkeypatch.setattr(home, "RECOVERY_SECONDS", 0.2)
    publish_days(settings, [date(2024, 10, 10)])
    with only_run(settings):
        run_result = invoke("run")
        backfill_result = invoke("backfill", "2024-10-10..2024-10-10")
    assert isinstance(run_result.exception, StevoError)
    assert "another `stevo run` or `stevo backfill` is at work" in run_result.exception.problem
    assert isinstance(backfill_result.exception, StevoError)
    assert "a `stevo run` is at work" in backfill_result.exception.problem


def test_a_table_that_is_not_built_by_day_is_refused_with_those_that_are(invoke, settings):
    publish_days(settings, [date(2024, 10, 10)])
    for more in ((), ("--preview",)):
        result = invoke("backfill", "2024-10-10..2024-10-10", "--select", "dim_users", *more)
        assert isinstance(result.exception, StevoError)
        assert "dim_users is not a table that is built by day" in result.exception.problem
        assert "agg_flows" in (result.exception.fix or "")


def publish_days(settings: Settings, days: list[date]) -> None:
    with run_staging(settings.lake, "seed"):
        for day in days:
            data = pa.table({"day": [day], "event_id": ["a"]})
            write_table(settings.lake, "seed", "events", day_partition(day), data, code_hash="c")


def test_a_preview_names_rows_keys_measures_and_what_stands_downstream():
    measures = {
        name: Measure(Change(10.0, after), Change(5.0, after / 3))
        for name, after in (("events", 12.0), ("users", 11.0), ("cells", 10.5), ("amount", 10.1))
    }
    day = date(2024, 10, 10)
    changed = Difference("agg_calendar", day, 2, 3, 1, 0, 1, measures)
    same = Difference("agg_flows", day, 2, 2, 0, 0, 0, {})
    found = Preview([changed, same], {"fct_events": "tests failed: unique"})
    head, row, *measured, more, total, refused, downstream = preview_lines(found, ["report"])
    assert head.split() == ["table", "day", "rows", "added", "removed", "changed"]
    assert row.split() == ["agg_calendar", "2024-10-10", "2", ">", "3", "1", "0", "1"]
    assert measured[0].strip() == "events: sum 10 > 12, mean 5 > 4"
    assert len(measured) == 3 and more.strip() == "and 1 more (--measures)"
    assert total == "1 of 2 days of tables would change; nothing was published"
    assert refused == "would not be published: fct_events: tests failed: unique"
    assert downstream == "downstream: report"
    every = list(preview_lines(found, [], None))
    assert any("amount: sum 10 > 10.1" in line for line in every) and "more" not in every[-4]


def test_a_preview_without_a_change_says_so_alone():
    found = Preview([Difference("agg_flows", date(2024, 10, 10), 2, 2, 0, 0, 0, {})], {})
    assert list(preview_lines(found, [])) == [
        "0 of 1 days of tables would change; nothing was published"
    ]
