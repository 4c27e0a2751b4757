"""Every suite passes good rows, and each of its expectations fails on a bad sample of its kind."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import util
from pathlib import Path

import pytest

from stevo_dagster.checks.adapter import run_suite
from stevo_dagster.checks.asset_checks import as_check_result
from stevo_dagster.checks.events import events_suite, ledger_suite
from stevo_dagster.checks.release import PEOPLE, release_suites
from stevo_dagster.checks.sequences import sequences_suite
from stevo_dagster.checks.suite import ROWS, VOLUME_DRIFT, Expectation, Suite

_found = util.spec_from_file_location("checks_tables", Path(__file__).with_name("tables.py"))
assert _found is not None and _found.loader is not None
tables = util.module_from_spec(_found)
_found.loader.exec_module(tables)
spoil, twice = tables.spoil, tables.twice

RELEASE = release_suites(10)
SUITES: dict[str, tuple[Suite, str]] = {
    "events": (events_suite(), tables.EVENTS),
    "ingest_ledger": (ledger_suite(0.1), tables.LEDGER),
    "sequences": (sequences_suite(), tables.SEQUENCES),
    "next_place_predictions": (RELEASE["next_place_predictions"], tables.NEXT_PLACES),
    "next_event_predictions": (RELEASE["next_event_predictions"], tables.NEXT_EVENTS),
    "recommendations": (RELEASE["recommendations"], tables.RECOMMENDATIONS),
    "explanations": (RELEASE["explanations"], tables.EXPLANATIONS),
    "evaluation": (RELEASE["evaluation"], tables.EVALUATION),
    "correlations": (RELEASE["correlations"], tables.CORRELATIONS),
}

# (suite, expectation) -> column, SQL value and number of rows that break what no kind tells.
BROKEN: dict[tuple[str, str], tuple[str, str, int]] = {
    ("events", "event_at_in_range"): ("event_at", "timestamptz '1970-01-01 00:00:00+00'", 1),
    ("events", "event_at_not_ahead"): ("event_at", "received_at + interval 25 hours", 1),
    ("events", "day_is_the_utc_day"): ("day", "date '2024-03-04'", 1),
    ("events", "place_is_whole"): ("latitude", "null", 1),
    ("events", "item_id_only_missing_for_search"): ("item_id", "null", 1),
    ("ingest_ledger", "lines_add_up"): ("accepted", "79", 1),
    ("ingest_ledger", "quarantine_share_in_limit"): ("quarantined", "11", 1),
    ("sequences", "positions_whole"): ("position", "1000", 1),
    ("sequences", "positions_follow_time"): ("position", "503 - position", 504),
    ("sequences", "splits_follow_time"): ("split", "'test'", 1),
    ("sequences", "item_id_only_missing_for_search"): ("item_id", "null", 1),
    ("next_place_predictions", "ranks_whole"): ("rank", "7", 1),
    ("next_place_predictions", "probability_sums"): ("probability", "0.9", 9),
    ("next_place_predictions", "probability_falls_with_rank"): ("probability", "0.1 * rank", 9),
    ("next_event_predictions", "probability_sums"): ("probability", "0.2", 1),
    ("recommendations", "ranks_whole"): ("rank", "7", 1),
    ("evaluation", "baselines_complete"): ("model", "'other'", 99),
    ("evaluation", "intervals_hold_order"): ("ci_low", "0.9", 99),
    ("evaluation", "groups_are_k_anonymous"): ("value", "least(value, 9)", 99),
    ("correlations", "subjects_are_k_anonymous"): ("subject_a", "'cell:89c'", 1),
}


@cache
def cases() -> list[tuple[str, str]]:
    """Every (suite, expectation)."""
    return [(key, one.name) for key, (suite, _) in SUITES.items() for one in suite.expectations]


def bad_rows(key: str, one: Expectation) -> Iterator[str]:
    """Queries whose rows break one expectation, by its kind."""
    good = SUITES[key][1]
    column = one.column
    if (key, one.name) in BROKEN:
        yield spoil(good, *BROKEN[key, one.name])
    elif one.kind == "ExpectColumnValuesToNotBeNull":
        yield spoil(good, str(column), "null")
    elif one.kind == "ExpectColumnValuesToBeInSet":
        yield spoil(good, str(column), "'unheard of'")
    elif one.kind == "ExpectColumnValuesToBeBetween":
        least, most = one.arguments["min_value"], one.arguments["max_value"]
        values = ["'nan'::double", "'inf'::double", "'-inf'::double"]
        values += [f"{least - 1}", f"{most + 1}"] if abs(least) < 1e300 else []
        yield tables.spoil_with_each(good, str(column), values)
    elif one.name.endswith("_complete"):
        last = one.description.rsplit(", ", 1)[1]
        yield f"select * from ({good}) where {column} <> '{last}'"
    elif one.kind == "ExpectTableRowCountToBeBetween":
        yield f"select * from ({good}) where false"
    elif one.kind == "ExpectTableColumnsToMatchSet":
        yield f"select *, 1 as surplus from ({good})"
        yield f"select * exclude ({one.arguments['column_set'][-1]}) from ({good})"
    elif one.kind == VOLUME_DRIFT:
        burst = f"select * from ({good}) where event_at::date = date '2024-02-08'"
        more = f"select * exclude (n_) from ({burst}), range(3) as copies (n_)"
        yield f"{good} union all by name ({more})"
    elif one.name.endswith("_unique"):
        yield twice(good)
    elif one.name.endswith("_is_one"):
        value = "as_of + interval 1 hour" if column == "as_of" else "'other'"
        yield spoil(good, str(column), value)
    else:
        raise AssertionError(f"no bad rows for {key}.{one.name}")


def run(folder: Path, suite: Suite, query: str):
    """Results of a suite over a query's rows."""
    path = tables.write(folder / f"{suite.table}.parquet", query)
    people = tables.write(folder / "people.parquet", tables.PEOPLE)
    return run_suite(suite, [path], {PEOPLE: [people]})


@pytest.mark.parametrize("key", list(SUITES))
def test_good_rows_pass_every_expectation(key, tmp_path):
    suite, good = SUITES[key]
    found = run(tmp_path, suite, good)
    assert [one.name for one in found] == [one.name for one in suite.expectations]
    assert [(one.name, one.details) for one in found if not one.success] == []
    assert all(one.sample == [] for one in found)
    assert all(one.element_count for one in found)


@pytest.mark.parametrize(("key", "name"), cases())
def test_each_expectation_fails_on_bad_rows_and_says_what_it_saw(key, name, tmp_path):
    suite = SUITES[key][0]
    expectation = next(one for one in suite.expectations if one.name == name)
    alone = Suite(suite.name, suite.table, [expectation])
    for query in bad_rows(key, expectation):
        (found,) = run(tmp_path, alone, query)
        assert not found.success, query
        assert (found.suite, found.severity) == (suite.name, expectation.severity)
        assert found.column == expectation.column
        assert found.observed is not None
        assert "could not be checked" not in found.details
        if expectation.kind.startswith("ExpectColumnValues") or expectation.kind == ROWS:
            assert found.unexpected_count and found.unexpected_count > 0
            assert found.sample
        if expectation.kind == "ExpectColumnValuesToBeBetween":
            is_range = expectation.name.endswith("_in_range")
            assert found.unexpected_count == (5 if is_range else 3)
        metadata = as_check_result(suite.table, found).metadata
        assert metadata["observed"].value == str(found.observed)
        assert metadata["sample"].value == found.sample
        assert metadata["details"].value == expectation.description


def test_people_below_k_and_subjects_nobody_knows_are_found(tmp_path):
    few = f"select * from ({tables.PEOPLE}) where user_id not in ('u1', 'u2', 'u3')"
    path = tables.write(tmp_path / "correlations.parquet", tables.CORRELATIONS)
    people = tables.write(tmp_path / "few.parquet", few)
    found = {
        one.name: one for one in run_suite(RELEASE["correlations"], [path], {PEOPLE: [people]})
    }
    k = found["subjects_are_k_anonymous"]
    assert not k.success
    assert {row["subject"]: row["people"] for row in k.sample} == {
        "event_type:search": 9,
        "event_type:purchase": 9,
        "cell:89a": 9,
        "cell:89b": 9,
        "local_hour:17": 9,
    }
    query = spoil(tables.CORRELATIONS, "subject_b", "'person:u1'")
    unknown = run(tmp_path, RELEASE["correlations"], query)
    assert {"subject": "person:u1", "people": 0} in next(
        one.sample for one in unknown if one.name == "subjects_are_k_anonymous"
    )


def test_names_are_unique_in_a_suite():
    one = sequences_suite().expectations[0]
    with pytest.raises(ValueError, match=r"expectations repeat: columns_are_the_contract"):
        Suite("twice", "sequences", [one, one])
