"""Short ways to write expectations: names, descriptions, and rules that let nothing odd through."""

from __future__ import annotations

import json
from dataclasses import asdict

import duckdb
import great_expectations.expectations as gx
import pytest

from stevo_dagster.checks.adapter import run_suite_on
from stevo_dagster.checks.suite import (
    VOLUME_DRIFT,
    Expectation,
    Suite,
    columns,
    contains,
    finite,
    finite_between,
    no_rows,
    not_null,
    one_of,
    one_value,
    ranks_whole,
    some_rows,
    steady_volume,
    unique,
)

EVERY = (
    columns(["a", "b"]),
    some_rows(3, "warning"),
    not_null("a"),
    one_of("a", ("x", "y")),
    contains("a", ("x", "y")),
    no_rows("few", "b > 1", "b is small", ("a", "b")),
    finite_between("b", 0, 1e6),
    finite("b"),
    unique(("a", "b")),
    one_value("a"),
    ranks_whole("a"),
    steady_volume("day"),
)


def test_every_kind_is_plain_data_that_great_expectations_knows():
    assert len({one.name for one in EVERY}) == len(EVERY)
    for one in EVERY:
        assert json.loads(json.dumps(asdict(one)))["name"] == one.name
        assert one.kind == VOLUME_DRIFT or hasattr(gx, one.kind), one.kind
        assert one.description and one.name.isidentifier()


def test_an_expectation_knows_its_column_if_it_is_about_one():
    assert not_null("a").column == finite_between("a", 0, 1).column == one_value("a").column == "a"
    assert unique(("a",)).column == "a"
    assert unique(("a", "b")).column is some_rows().column is None
    assert no_rows("few", "b > 1", "", ("b",)).column == "b"
    assert ranks_whole("user_id").column == "rank"


def test_names_are_unique_in_a_suite():
    with pytest.raises(ValueError, match=r"suite twice: expectations repeat: a_not_null, has_rows"):
        Suite("twice", "t", [some_rows(), not_null("a"), some_rows(2), not_null("a")])


@pytest.mark.parametrize(
    ("expectation", "rows", "bad"),
    [
        (contains("a", ("x", "y")), "('x'), ('y'), (null)", []),
        (contains("a", ("x", "y")), "('x'), (null)", [{"missing": "y"}]),
        (one_value("a"), "('x'), ('x')", []),
        (one_value("a"), "('x'), (null)", [{"a": "x", "times": 1}, {"a": None, "times": 1}]),
        (unique(("a",)), "('x'), ('y')", []),
        (unique(("a",)), "('x'), ('x'), (null), (null)", [{"a": None, "times": 2}]),
        (no_rows("long", "length(a) > 1", "", ("a",)), "('x'), (null)", []),
        (no_rows("long", "length(a) > 1", "", ("a",)), "('xx')", [{"a": "xx"}]),
    ],
)
def test_rules_in_sql_find_what_they_say(expectation: Expectation, rows: str, bad: list):
    with duckdb.connect() as con:
        con.execute(f"create table t as select * from (values {rows}) as v (a)")
        (found,) = run_suite_on(con, Suite("t", "t", (expectation,)))
    assert found.success == (not bad)
    assert all(row in found.sample for row in bad)


@pytest.mark.parametrize(
    ("ranks", "passes"),
    [("1, 2, 3", True), ("1", True), ("2, 3", False), ("1, 3", False), ("1, 1, 2", False)],
)
def test_ranks_are_whole_only_without_gaps_and_repeats(ranks, passes):
    with duckdb.connect() as con:
        con.execute(f"create table t as select 'u' as user_id, unnest([{ranks}]) as rank")
        (found,) = run_suite_on(con, Suite("t", "t", (ranks_whole("user_id"),)))
    assert found.success == passes
