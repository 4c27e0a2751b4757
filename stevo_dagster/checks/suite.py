"""What a suite is: a table's name and expectations as plain data.

Belongs here: the types suites are written in, and short ways to write the usual expectations. Does
not belong here: running them (`adapter.py`) or the suites themselves (one module a boundary).

Ranges always have both ends. In DuckDB NaN is greater than every number, so a range with a lower
end alone lets it through, and infinity too; `finite_between` refuses both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["blocking", "warning"]

ROWS = "UnexpectedRowsExpectation"
# Not a kind of GX: evaluated by `volumes.py` over counts by day.
VOLUME_DRIFT = "VolumeDrift"
# Anything finite; a little below the largest double, so that its text stays below it too.
LARGEST = 1.7e308
# More than any count of rows here: a larger one is an overflow or a negative read as unsigned.
MOST_ROWS = 10**12
# The table whose people stand behind groups.
PEOPLE = "fct_events"


@dataclass(frozen=True)
class Expectation:
    """One thing that must hold.

    Attributes:
        name: unique in its suite; the name of the asset check.
        kind: class name in `great_expectations.expectations`, or `VOLUME_DRIFT`.
        arguments: its arguments.
        severity: whether a failure stops the chain.
        description: what it means, for people.
        about: the column of an expectation whose arguments name none.
    """

    name: str
    kind: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    severity: Severity = "blocking"
    description: str = ""
    about: str | None = None

    @property
    def column(self) -> str | None:
        """The column it is about, where it is about one."""
        return self.about or self.arguments.get("column")


@dataclass(frozen=True)
class Suite:
    """The expectations of one table at one boundary."""

    name: str
    table: str
    expectations: Sequence[Expectation]

    def __post_init__(self) -> None:
        names = [expectation.name for expectation in self.expectations]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"suite {self.name}: expectations repeat: {', '.join(repeated)}")


def columns(names: Sequence[str]) -> Expectation:
    """The table has exactly these columns; their order does not matter."""
    return Expectation(
        "columns_are_the_contract",
        "ExpectTableColumnsToMatchSet",
        {"column_set": list(names), "exact_match": True},
        description=f"columns are {', '.join(names)}",
    )


def some_rows(least: int = 1, severity: Severity = "blocking") -> Expectation:
    """At least so many rows."""
    return Expectation(
        "has_rows",
        "ExpectTableRowCountToBeBetween",
        {"min_value": least},
        severity,
        f"at least {least} rows",
    )


def not_null(column: str, severity: Severity = "blocking") -> Expectation:
    """No value is null."""
    return Expectation(
        f"{column}_not_null",
        "ExpectColumnValuesToNotBeNull",
        {"column": column},
        severity,
        f"{column} is never null",
    )


def one_of(column: str, values: Sequence[str], severity: Severity = "blocking") -> Expectation:
    """Every value that is not null is one of these."""
    return Expectation(
        f"{column}_known",
        "ExpectColumnValuesToBeInSet",
        {"column": column, "value_set": list(values)},
        severity,
        f"{column} is one of {', '.join(values)}",
    )


def contains(column: str, values: Sequence[str], severity: Severity = "blocking") -> Expectation:
    """Each of these values, which are written by us and never from input, occurs."""
    wanted = ", ".join(f"('{value}')" for value in values)
    return rows_of(
        f"{column}_complete",
        f"select missing from (values {wanted}) as wanted (missing)"
        f" where missing not in (select {column} from {{batch}} where {column} is not null)",
        f"{column} holds each of {', '.join(values)}",
        severity,
        column,
    )


def no_rows(
    name: str,
    condition: str,
    description: str,
    show: Sequence[str],
    severity: Severity = "blocking",
) -> Expectation:
    """No row meets an SQL condition, which is written by us and never from input.

    `show` are the columns of the sample: no more than a person needs to find the row.
    """
    query = f"select {', '.join(show)} from {{batch}} where {condition}"
    return rows_of(name, query, description, severity, show[0] if len(show) == 1 else None)


def rows_of(
    name: str,
    query: str,
    description: str,
    severity: Severity = "blocking",
    about: str | None = None,
) -> Expectation:
    """A query over `{batch}` gives no row. The query adds no alias to the batch, for GX does."""
    return Expectation(name, ROWS, {"unexpected_rows_query": query}, severity, description, about)


def finite_between(
    column: str, least: float, most: float, severity: Severity = "blocking"
) -> Expectation:
    """Every value that is not null is finite and in the range, both ends included."""
    return Expectation(
        f"{column}_in_range",
        "ExpectColumnValuesToBeBetween",
        {"column": column, "min_value": least, "max_value": most},
        severity,
        f"{column} is finite and lies in [{least:g}, {most:g}]",
    )


def finite(column: str, severity: Severity = "blocking") -> Expectation:
    """Every value that is not null is neither NaN nor infinite."""
    return Expectation(
        f"{column}_finite",
        "ExpectColumnValuesToBeBetween",
        {"column": column, "min_value": -LARGEST, "max_value": LARGEST},
        severity,
        f"{column} is finite",
    )


def unique(names: Sequence[str], severity: Severity = "blocking") -> Expectation:
    """No two rows have the same values in these columns."""
    listed = ", ".join(names)
    return rows_of(
        f"{'_'.join(names)}_unique",
        f"select {listed}, count(*) as times from {{batch}} group by {listed} having count(*) > 1",
        f"({listed}) is unique",
        severity,
        names[0] if len(names) == 1 else None,
    )


def one_value(column: str, severity: Severity = "blocking") -> Expectation:
    """The column holds at most one value."""
    return rows_of(
        f"{column}_is_one",
        f"select {column}, count(*) as times from {{batch}} group by {column}"
        f" qualify count(*) over () > 1",
        f"{column} is the same in every row",
        severity,
        column,
    )


def ranks_whole(group: str, severity: Severity = "blocking") -> Expectation:
    """Ranks of each group are 1, 2, … without gaps or repeats."""
    return rows_of(
        "ranks_whole",
        f"select {group}, count(*) as rows_, count(distinct rank) as ranks, min(rank) as first_,"
        f" max(rank) as last_ from {{batch}} group by {group}"
        " having min(rank) <> 1 or max(rank) <> count(*) or count(distinct rank) <> count(*)",
        f"ranks of each {group} run from 1 without gaps or repeats",
        severity,
        "rank",
    )


def steady_volume(day: str, newest: int = 7, limit: float = 6.0) -> Expectation:
    """A warning when one of the newest days has rows unlike the same weekday of four weeks before.

    Args:
        day: an SQL expression for the UTC day of a row.
        newest: number of days looked at, up to the newest with rows.
        limit: robust standard deviations, see `volumes.py`.
    """
    return Expectation(
        "volume_steady",
        VOLUME_DRIFT,
        {"day": day, "newest": newest, "limit": limit},
        "warning",
        f"rows a day lie within {limit:g} robust standard deviations of the same weekday of the"
        " four weeks before",
    )
