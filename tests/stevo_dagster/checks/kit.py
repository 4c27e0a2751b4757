"""One suite with good rows, and for each of its expectations rows that break it.

Belongs here: what the tests of every suite share. Does not belong here: what a suite expects (the
mirrored test files) or the good rows (`tables.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stevo_dagster.checks.adapter import ExpectationResult, run_suite
from stevo_dagster.checks.asset_checks import as_check_result
from stevo_dagster.checks.suite import PEOPLE, ROWS, VOLUME_DRIFT, Expectation, Suite
from tests.stevo_dagster.checks import tables


@dataclass(frozen=True)
class Guarded:
    """A suite, SQL of rows it lets through, and what breaks the rules no kind tells how to break:
    name to (column, SQL value, number of rows).
    """

    suite: Suite
    good: str
    broken: Mapping[str, tuple[str, str, int]] = field(default_factory=dict)

    def run(self, folder: Path, query: str, suite: Suite | None = None) -> list[ExpectationResult]:
        """Results of the suite over a query's rows."""
        path = tables.write(folder / f"{self.suite.table}.parquet", query)
        people = tables.write(folder / "people.parquet", tables.PEOPLE)
        return run_suite(suite or self.suite, [path], {PEOPLE: [people]})

    def bad_rows(self, one: Expectation) -> Iterator[str]:
        """Queries whose rows break one expectation, by its kind."""
        good, column = self.good, str(one.column)
        if one.name in self.broken:
            yield tables.spoil(good, *self.broken[one.name])
        elif one.kind == "ExpectColumnValuesToNotBeNull":
            yield tables.spoil(good, column, "null")
        elif one.kind == "ExpectColumnValuesToBeInSet":
            yield tables.spoil(good, column, "'unheard of'")
        elif one.kind == "ExpectColumnValuesToBeBetween":
            least, most = one.arguments["min_value"], one.arguments["max_value"]
            values = ["'nan'::double", "'inf'::double", "'-inf'::double"]
            values += [f"{least - 1}", f"{most + 1}"] if abs(least) < 1e300 else []
            yield tables.spoil_with_each(good, column, values)
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
            yield tables.twice(good)
        elif one.name.endswith("_is_one"):
            value = "as_of + interval 1 hour" if column == "as_of" else "'other'"
            yield tables.spoil(good, column, value)
        else:
            raise AssertionError(f"no bad rows for {self.suite.table}.{one.name}")

    def assert_good_rows_pass(self, folder: Path) -> None:
        """Every expectation holds over the good rows, in the suite's order."""
        found = self.run(folder, self.good)
        assert [one.name for one in found] == [one.name for one in self.suite.expectations]
        assert [(one.name, one.details) for one in found if not one.success] == []
        assert all(one.sample == [] for one in found)
        assert all(one.element_count for one in found)

    def assert_fails_and_says_why(self, name: str, folder: Path) -> None:
        """One expectation fails on rows that break it, and tells what it saw."""
        expectation = next(one for one in self.suite.expectations if one.name == name)
        alone = Suite(self.suite.name, self.suite.table, [expectation])
        for query in self.bad_rows(expectation):
            (found,) = self.run(folder, query, alone)
            assert not found.success, query
            assert (found.suite, found.severity) == (self.suite.name, expectation.severity)
            assert found.column == expectation.column
            assert found.observed is not None
            assert "could not be checked" not in found.details
            if expectation.kind.startswith("ExpectColumnValues") or expectation.kind == ROWS:
                assert found.unexpected_count and found.unexpected_count > 0
                assert found.sample
            if expectation.kind == "ExpectColumnValuesToBeBetween":
                is_range = expectation.name.endswith("_in_range")
                assert found.unexpected_count == (5 if is_range else 3)
            metadata = as_check_result(self.suite.table, found).metadata
            assert metadata["observed"].value == str(found.observed)
            assert metadata["sample"].value == found.sample
            assert metadata["details"].value == expectation.description


def cases(guarded: Mapping[str, Guarded]) -> Sequence[tuple[str, str]]:
    """Every (key, expectation) of several suites."""
    return [(key, one.name) for key, value in guarded.items() for one in value.suite.expectations]
