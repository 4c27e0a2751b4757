"""The ledger's row: its six fates sum to its lines, or it is refused."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stevo_dagster.errors import StevoError
from stevo_dagster.ingest.ledger import FATES, SCHEMA, LedgerRow

RECEIVED = datetime(2024, 3, 5, 12, 30, 0, 1, tzinfo=UTC)
FILE_ID = "0123456789abcdef"


def row_of(lines: list[str]) -> LedgerRow:
    """The row of a file whose lines ended so."""
    counts: Any = {fate: Counter(lines)[fate] for fate in FATES}
    return LedgerRow(FILE_ID, "web", "events", "run-1", RECEIVED, len(lines), **counts)


@given(st.lists(st.sampled_from(FATES), max_size=60))
def test_any_split_of_lines_into_fates_is_sound(lines) -> None:
    row = row_of(lines)
    row.audit()
    assert row.lines == sum(getattr(row, fate) for fate in FATES) == len(lines)


@given(
    st.lists(st.sampled_from(FATES), max_size=60),
    st.sampled_from(["lines", *FATES]),
    st.sampled_from([-1, 1]),
)
def test_a_count_that_is_off_by_one_is_refused_with_the_file(lines, name, step) -> None:
    row = row_of(lines)
    wrong = replace(row, **{name: getattr(row, name) + step})
    with pytest.raises(StevoError, match="does not sum") as refused:
        wrong.audit()
    accounted = sum(getattr(wrong, fate) for fate in FATES)
    assert f"{wrong.lines} lines, {accounted} accounted for" in refused.value.problem
    assert refused.value.where == f"file {FILE_ID}"
    assert refused.value.fix is not None and "nothing was published" in refused.value.fix


def test_a_published_row_reads_back_as_it_was() -> None:
    assert SCHEMA.names == [field.name for field in fields(LedgerRow)]
    row = row_of([fate for number, fate in enumerate(FATES) for _ in range(number + 1)])
    (read,) = pa.Table.from_pylist([asdict(row)], schema=SCHEMA).to_pylist()
    assert LedgerRow(**read) == row
