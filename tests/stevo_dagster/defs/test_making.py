"""How Python-made tables are made: reused when current, held back when a check fails."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pandas as pd
import pytest

from stevo_dagster.checks.suite import Suite, finite_between, not_null, some_rows
from stevo_dagster.defs.labels import Group, Owner
from stevo_dagster.defs.making import frame, make, make_checked, one_row, reading, spec
from stevo_dagster.derived import DERIVED
from stevo_dagster.errors import StevoError
from stevo_dagster.lake import Lake, partitions, run_staging, write_table

NAME = "item_features"
SUITE = Suite(
    NAME, NAME, (some_rows(), not_null("item_id"), finite_between("f_events", -9, 9, "warning"))
)


@pytest.fixture
def context() -> dg.AssetExecutionContext:
    return dg.build_asset_context()


@pytest.fixture
def items(lake: Lake) -> None:
    put(lake, "dim_items", pd.DataFrame({"item_id": ["b", "a"], "events": [2, 1]}))


def put(lake: Lake, table: str, data: pd.DataFrame) -> None:
    with run_staging(lake, "seed"):
        write_table(lake, "seed", table, "all", data, code_hash="seed")


def rows(*values: float | None, item: str | None = "a") -> dict[str, Any]:
    return {NAME: pd.DataFrame({"item_id": [item] * len(values), "f_events": list(values)})}


def never() -> dict[str, Any]:
    raise AssertionError("a current table was computed again")


def test_a_spec_reads_what_the_list_of_derived_tables_says():
    made = spec("champion", Group.models, Owner.science, "The model that is published.")
    assert [dep.asset_key.path[-1] for dep in made.deps] == list(DERIVED["champion"].reads)
    assert made.kinds == {"python", "pandas", "parquet"}
    assert made.tags["access"] == "restricted"
    assert made.automation_condition is not None
    other = spec("release", Group.release, Owner.data, "x", deps=["report"], kinds={"html"})
    assert [dep.asset_key.path[-1] for dep in other.deps] == ["report"]
    assert other.kinds == {"python", "html"}


@pytest.mark.usefixtures("items")
def test_a_current_table_is_not_computed_again_until_an_input_or_a_setting_changes(
    context, settings
):
    first = make(context, settings, [NAME], lambda: rows(1.0))
    assert make(context, settings, [NAME], never) == first
    with pytest.raises(AssertionError, match="computed again"):
        make(context, settings, [NAME], never, values={"pca": 2})
    put(settings.lake, "dim_items", pd.DataFrame({"item_id": ["c"], "events": [3]}))
    again = make(context, settings, [NAME], lambda: rows(2.0))
    assert again[NAME].version != first[NAME].version
    assert frame(settings, NAME)["f_events"].tolist() == [2.0]


@pytest.mark.usefixtures("items")
def test_checked_rows_are_published_with_a_result_an_expectation(context, settings):
    made, *checks = make_checked(context, settings, SUITE, lambda: rows(1.0, 99.0))
    assert made.asset_key == dg.AssetKey(NAME)
    assert made.metadata["dagster/row_count"] == 2
    assert [(one.check_name, one.passed) for one in checks] == [
        ("gx_item_features_has_rows", True),
        ("gx_item_features_item_id_not_null", True),
        ("gx_item_features_f_events_in_range", False),
    ]
    assert checks[-1].severity == dg.AssetCheckSeverity.WARN
    again, *checked_again = make_checked(context, settings, SUITE, never)
    assert again.data_version == made.data_version
    assert [one.passed for one in checked_again] == [True, True, False]


@pytest.mark.usefixtures("items")
def test_a_blocking_failure_is_told_check_by_check_and_publishes_nothing(context, settings):
    found: list[dg.AssetCheckResult] = []
    with pytest.raises(dg.Failure, match="1 quality checks failed: item_id_not_null"):
        for one in make_checked(context, settings, SUITE, lambda: rows(1.0, item=None)):
            found.append(one)
    assert [(one.check_name, one.passed) for one in found] == [
        ("gx_item_features_has_rows", True),
        ("gx_item_features_item_id_not_null", False),
        ("gx_item_features_f_events_in_range", True),
    ]
    assert partitions(settings.lake, NAME) == []


def test_a_problem_before_any_check_stays_what_it_is(context, settings):
    def compute() -> dict[str, Any]:
        return {NAME: frame(settings, "dim_items")}

    with pytest.raises(StevoError, match="dim_items is not published yet") as error:
        list(make_checked(context, settings, SUITE, compute))
    assert error.value.fix is not None and "stevo run" in error.value.fix


@pytest.mark.usefixtures("items")
def test_a_frame_has_an_order_of_its_own_or_that_of_its_query(settings):
    assert frame(settings, "dim_items")["item_id"].tolist() == ["a", "b"]
    query = "select item_id from dim_items order by events desc"
    assert frame(settings, "dim_items", query)["item_id"].tolist() == ["b", "a"]


def test_one_row_is_a_dict_by_column(settings):
    put(settings.lake, "champion", pd.DataFrame({"name": ["blend"], "leak": [None]}))
    assert one_row(settings, "champion") == {"name": "blend", "leak": None}


@pytest.mark.usefixtures("items")
def test_a_reader_stays_within_the_limits_of_the_home(settings):
    with reading(settings, ["dim_items"]) as con:
        query = "select current_setting('threads'), current_setting('memory_limit')"
        found = con.execute(query).fetchone()
    assert found == (settings.threads, "1.8 GiB")
    with pytest.raises(StevoError, match="champion is not published yet"):
        reading(settings, ["dim_items", "champion"])
