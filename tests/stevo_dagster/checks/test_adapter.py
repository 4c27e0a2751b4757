"""The adapter on Great Expectations: pushdown, matching, severity, errors, and what it pins."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import version

import duckdb
import pytest

from stevo_dagster.checks.adapter import _keep_duckdb_connection, run_suite, run_suite_on
from stevo_dagster.checks.suite import (
    Expectation,
    Suite,
    finite,
    finite_between,
    no_rows,
    not_null,
    one_of,
    some_rows,
    steady_volume,
    unique,
)
from stevo_dagster.errors import StevoError


@pytest.fixture
def con():
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        con.execute(
            "create table source as select i, i % 3 as kind, i / 2.0 as x from range(100) t(i)"
        )
        con.execute("create view numbers as select * from source")
        yield con


def suite(*expectations: Expectation) -> Suite:
    return Suite("numbers", "numbers", expectations)


def test_results_keep_the_order_of_the_suite_and_find_their_own_severity(con):
    wanted = [
        no_rows("small", "i > 97", "i is small", ("i",), "warning"),
        not_null("absent"),
        some_rows(1000),
        one_of("kind", ("0", "1", "2"), "warning"),
        unique(("i",)),
        not_null("i", "warning"),
    ]
    for order in (wanted, wanted[::-1]):
        found = run_suite_on(con, suite(*order))
        assert [one.name for one in found] == [one.name for one in order]
        seen = {one.name: (one.success, one.severity) for one in found}
        assert seen == {
            "small": (False, "warning"),
            "absent_not_null": (False, "blocking"),
            "has_rows": (False, "blocking"),
            "kind_known": (True, "warning"),
            "i_unique": (True, "blocking"),
            "i_not_null": (True, "warning"),
        }


def test_two_expectations_of_one_kind_and_column_are_told_apart(con):
    narrow = Expectation(
        "narrow", "ExpectColumnValuesToBeBetween", {"column": "i", "min_value": 0, "max_value": 9}
    )
    wide = Expectation(
        "wide", "ExpectColumnValuesToBeBetween", {"column": "i", "min_value": 0, "max_value": 99}
    )
    found = run_suite_on(con, suite(narrow, wide))
    assert [(one.name, one.success, one.unexpected_count) for one in found] == [
        ("narrow", False, 90),
        ("wide", True, 0),
    ]


def test_observed_sample_and_counts_of_values_and_of_rows(con):
    values, rows = run_suite_on(
        con,
        suite(finite_between("i", 0, 49), no_rows("late", "i >= 98", "none late", ("i", "kind"))),
    )
    assert (values.observed, values.unexpected_count, values.element_count) == (50, 50, 100)
    assert len(values.sample) == 20 and set(values.sample) <= set(range(50, 100))
    assert (rows.observed, rows.unexpected_count, rows.element_count) == (2, 2, 100)
    assert rows.sample == [{"i": 98, "kind": 2}, {"i": 99, "kind": 0}]


def test_what_cannot_be_checked_fails_and_leaves_the_others_alone(con):
    found = run_suite_on(
        con,
        suite(
            not_null("absent"),
            no_rows("broken", "absent > 1", "never", ("i",)),
            finite("i"),
        ),
    )
    assert [one.success for one in found] == [False, False, True]
    assert all("could not be checked" in one.details for one in found[:2])
    assert "absent" in found[0].details and "absent" in found[1].details


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_no_range_lets_nan_or_infinity_through(con, value):
    con.execute(f"insert into source values (100, 0, '{value}'::double)")
    for expectation in (
        finite("x"),
        finite_between("x", 0, 100),
        finite_between("x", -1e300, 1e300),
    ):
        (found,) = run_suite_on(con, suite(expectation))
        assert (found.success, found.unexpected_count) == (False, 1)
        assert found.sample == [value]


def test_results_are_ready_for_json(con):
    con.execute("insert into source values (null, 0, 'nan'::double)")
    query = no_rows("any", "true", "none", ("i", "x", "now() as at"))
    found = run_suite_on(con, suite(query, finite("x"), not_null("i")))
    for told in ([one.sample for one in found], [one.observed for one in found]):
        assert json.loads(json.dumps(told, allow_nan=False)) == told


def test_an_empty_view_and_one_of_nulls_alone(con):
    con.execute("create or replace view numbers as select * from source where false")
    rows, values = run_suite_on(con, suite(some_rows(), finite("x")))
    assert (rows.success, rows.observed, values.success) == (False, 0, True)
    con.execute("create or replace view numbers as select null::double as x from source")
    assert [one.success for one in run_suite_on(con, suite(finite("x"), not_null("x")))] == [
        True,
        False,
    ]


def test_many_files_are_one_table_and_other_tables_stand_beside(con, tmp_path):
    for index in range(3):
        con.execute(
            f"copy (select * from source where i % 3 = {index}) to '{tmp_path}/{index}.parquet'"
        )
    paths = sorted(tmp_path.glob("*.parquet"))
    query = no_rows("known", "i not in (select i from others)", "known", ("i",))
    found = run_suite(suite(some_rows(100), query), paths, {"others": paths[:2]})
    assert [(one.success, one.observed) for one in found] == [(True, 100), (False, 33)]


def test_no_files_are_refused_by_name():
    with pytest.raises(StevoError, match="there are no files of numbers") as error:
        run_suite(suite(some_rows()), [])
    assert error.value.where == "suite numbers"


def test_drift_is_a_warning_with_the_days_in_the_sample(con):
    con.execute(
        "create or replace view numbers as select date '2024-01-01' + d::int as day"
        " from range(36) t(d), range(100) r(n) where not (d = 33 and n > 10)"
    )
    (found,) = run_suite_on(con, suite(steady_volume("day")))
    assert (found.success, found.severity, found.unexpected_count) == (False, "warning", 1)
    assert found.sample == [{"day": "2024-02-03", "rows": 11, "expected": 100.0, "z": -8.9}]


def test_pin_of_the_private_name_that_lets_gx_use_duckdb():
    """GX closes connections of dialects not listed here, and DuckDB cannot fetch then."""
    from great_expectations.execution_engine import sqlalchemy_execution_engine as engine

    assert version("great_expectations") == "1.24.1"
    assert isinstance(engine._PERSISTED_CONNECTION_DIALECTS, tuple)
    _keep_duckdb_connection()
    _keep_duckdb_connection()
    names = [dialect.value for dialect in engine._PERSISTED_CONNECTION_DIALECTS]
    assert names.count("duckdb") == 1
    assert "duckdb" in engine._PERSISTED_CONNECTION_DIALECTS


def test_without_that_name_gx_cannot_fetch_from_duckdb(con, monkeypatch):
    """When this passes no more, GX knows DuckDB and the adapter's change can go."""
    from great_expectations.execution_engine import sqlalchemy_execution_engine as engine

    from stevo_dagster.checks import adapter

    known = [one for one in engine._PERSISTED_CONNECTION_DIALECTS if one.value != "duckdb"]
    monkeypatch.setattr(engine, "_PERSISTED_CONNECTION_DIALECTS", tuple(known))
    monkeypatch.setattr(adapter, "_keep_duckdb_connection", lambda: None)
    (found,) = run_suite_on(con, suite(not_null("i")))
    assert not found.success
    assert "could not be checked" in found.details


def test_suites_and_specs_load_without_great_expectations():
    code = (
        "import sys\n"
        "from stevo_dagster.checks import asset_checks, events, gate, release, sequences, volumes\n"
        "asset_checks.specs('sequences', sequences.sequences_suite())\n"
        "heavy = {'great_expectations', 'torch', 'pandas', 'sqlalchemy', 'duckdb_engine'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
        "from stevo_dagster.checks.suite import Suite\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_run_prints_nothing(con, capfd):
    run_suite_on(con, suite(not_null("i"), finite("x")))
    seen = capfd.readouterr()
    assert (seen.out, seen.err) == ("", "")
