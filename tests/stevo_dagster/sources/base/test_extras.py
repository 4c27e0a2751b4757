"""Fields outside the contract as JSON: nothing is lost, and equal values are equal bytes."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as cases
from hypothesis import strategies as st

from stevo_dagster.sources.base.extras import extra_column, extra_texts, json_text
from stevo_dagster.sources.base.faults import Faults
from tests.stevo_dagster.sources.kit import reasons

PLAIN = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
ROW = st.dictionaries(st.text(), VALUES, max_size=4)


@cases(deadline=None)
@given(st.lists(ROW, max_size=4))
def test_a_rows_fields_are_read_back(rows) -> None:
    faults = Faults()
    found = [json.loads(text or "{}") for text in extra_texts(rows, faults).to_pylist()]
    assert found == [{k: v for k, v in row.items() if v is not None} for row in rows]
    assert not faults


@cases(deadline=None)
@given(ROW, st.randoms())
def test_the_order_of_fields_does_not_count(row, random) -> None:
    names = list(row)
    random.shuffle(names)
    text = json_text({name: row[name] for name in names})
    assert text == json_text(row)
    assert text.isascii()
    assert "\n" not in text


@cases(deadline=None)
@given(st.data(), st.integers(0, 4))
def test_columns_say_the_same_as_rows(data, length) -> None:
    kinds = {"z": (pa.int64(), st.integers(-9, 9)), "a": (pa.string(), st.text(max_size=2))}
    columns = {
        name: data.draw(st.lists(st.none() | value, min_size=length, max_size=length))
        for name, (_, value) in kinds.items()
    }
    arrays = {name: pa.array(values, kinds[name][0]) for name, values in columns.items()}
    rows = [{name: values[row] for name, values in columns.items()} for row in range(length)]
    assert extra_column(arrays, Faults(), length).equals(extra_texts(rows, Faults()))


def test_no_columns_and_no_values_are_null() -> None:
    faults = Faults()
    assert extra_column({}, faults, 2).equals(pa.nulls(2, pa.string()))
    assert extra_column({"a": pa.nulls(2)}, faults, 2).equals(pa.nulls(2, pa.string()))


@pytest.mark.parametrize("value", [math.nan, math.inf, [1, {"deep": -math.inf}]])
def test_what_is_not_finite_blames_its_row_alone(value) -> None:
    faults = Faults()
    found = extra_texts([{"a": 1}, {"a": value}, {"a": 2}], faults)
    assert found.to_pylist() == ['{"a":1}', None, '{"a":2}']
    assert reasons(faults) == {1: "not_finite"}


def test_what_json_lacks_is_text() -> None:
    values = {
        "at": datetime(2024, 3, 1, tzinfo=UTC),
        "day": date(2024, 3, 1),
        "price": Decimal("9.90"),
    }
    assert json.loads(json_text(values)) == {
        "at": "2024-03-01 00:00:00+00:00",
        "day": "2024-03-01",
        "price": "9.90",
    }
