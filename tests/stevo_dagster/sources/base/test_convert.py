"""Values, texts and Arrow columns in contract types: what fits is kept, what does not is blamed."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import settings as cases
from hypothesis import strategies as st

from stevo_dagster.sources.base.contract import ARROW_TYPES, FIELDS
from stevo_dagster.sources.base.convert import (
    blank_to_null,
    columns_from_arrow,
    columns_from_objects,
    columns_from_texts,
)
from stevo_dagster.sources.base.faults import Faults
from tests.stevo_dagster.sources.kit import reasons

INT32 = (-(2**31), 2**31 - 1)
AT = "2024-03-01T12:30:00Z"
MOMENT = datetime(2024, 3, 1, 12, 30, tzinfo=UTC)
KINDS = {field.name: field.kind for field in FIELDS}

Told = tuple[list[Any], dict[int, str]]


def objects(name: str, values: list[Any]) -> Told:
    faults = Faults()
    column = columns_from_objects({name: values}, faults)[name]
    assert column.type == ARROW_TYPES[KINDS[name]]
    return column.to_pylist(), reasons(faults)


def texts(name: str, values: list[str | None]) -> Told:
    faults = Faults()
    column = columns_from_texts({name: pa.array(values, pa.string())}, faults)[name]
    assert column.type == ARROW_TYPES[KINDS[name]]
    return column.to_pylist(), reasons(faults)


def arrow(name: str, values: pa.Array) -> Told:
    faults = Faults()
    column = columns_from_arrow(pa.record_batch({name: values}), faults)[name]
    assert column.type == ARROW_TYPES[KINDS[name]]
    return column.to_pylist(), reasons(faults)


def apart(convert: Any, name: str, values: list[Any]) -> Told:
    """As if each value were in a chunk of its own."""
    alone = [convert(name, [value]) for value in values]
    return (
        [value for (value,), _ in alone],
        {row: why[0] for row, (_, why) in enumerate(alone) if why},
    )


def same(left: Told, right: Told) -> bool:
    """Equality where NaN equals NaN."""
    return repr(left) == repr(right)


VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([*INT32, INT32[0] - 1, INT32[1] + 1, 2**53 + 1, 10**400])
    | st.floats()
    | st.sampled_from(["", "a", "7", AT, "2024-03-01T12:30:00", "\ud800", "\0"])
    | st.lists(st.integers(), max_size=1)
    | st.dictionaries(st.text(max_size=1), st.integers(), max_size=1)
)
NUMBER_TEXT = st.text(st.sampled_from("0123456789+-.eE()naif_x "), max_size=8) | st.sampled_from(
    ["nan", "NaN", "-inf", "Infinity", "1e999", "+1.5", "nan(1)", "-2147483648", "2147483648"]
)
NAMES = st.sampled_from(["user_id", "amount", "utc_offset_minutes", "event_at"])


@cases(deadline=None, max_examples=200)
@given(NAMES, st.lists(VALUES, max_size=5))
def test_a_json_values_fate_does_not_depend_on_its_neighbours(name, values) -> None:
    assert same(objects(name, values), apart(objects, name, values))


@cases(deadline=None, max_examples=200)
@given(st.sampled_from(["amount", "utc_offset_minutes"]), st.lists(NUMBER_TEXT, max_size=5))
@example("amount", ["+1", "x"])
@example("amount", ["nan(1)", "x"])
def test_a_texts_fate_does_not_depend_on_its_neighbours(name, values) -> None:
    assert same(texts(name, values), apart(texts, name, values))


@cases(deadline=None)
@given(st.lists(st.floats() | st.integers(-(2**53), 2**53), max_size=5))
def test_numbers_are_read_back_from_what_python_writes(values) -> None:
    wanted = ([float(value) for value in values], {})
    assert same(texts("amount", [str(value) for value in values]), wanted)
    assert same(objects("amount", values), wanted)
    assert same(arrow("amount", pa.array([float(value) for value in values])), wanted)


@cases(deadline=None)
@given(st.lists(st.integers(*INT32) | st.integers(-(2**63), 2**63 - 1), max_size=5))
def test_whole_numbers_fit_or_are_blamed_and_never_wrap(values) -> None:
    fit = [INT32[0] <= value <= INT32[1] for value in values]
    blamed = {row: "wrong_type" for row, fits in enumerate(fit) if not fits}
    kept = [value if fits else None for value, fits in zip(values, fit, strict=True)]
    name = "utc_offset_minutes"
    assert objects(name, values) == (kept, blamed)
    assert texts(name, [str(value) for value in values]) == (kept, blamed)
    found, why = arrow(name, pa.array(values, pa.int64()))
    assert why == blamed
    assert [value for value, fits in zip(found, fit, strict=True) if fits] == [
        value for value in kept if value is not None
    ]


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("utc_offset_minutes", 60.0, 60),
        ("amount", 5, 5.0),
        ("amount", math.inf, math.inf),
        ("user_id", "", None),
        ("amount", "", None),
        ("event_at", "", None),
        ("event_at", AT, MOMENT),
    ],
)
def test_json_values_that_fit(name, value, kept) -> None:
    assert objects(name, [value]) == ([kept], {})


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("user_id", 7, "user_id 7 is not text"),
        ("user_id", "\ud800", "user_id '\\ud800' is not text"),
        ("amount", "5", "amount '5' is not a number"),
        ("amount", True, "amount True is not a number"),
        ("amount", 10**400, "amount 1000"),
        ("utc_offset_minutes", 1.5, "utc_offset_minutes 1.5 is not a whole number"),
        ("utc_offset_minutes", math.nan, "utc_offset_minutes nan is not a whole number"),
        ("event_at", 1709296200, "event_at 1709296200 is not an ISO 8601 time"),
    ],
)
def test_json_values_of_another_type_are_quoted(name, value, message) -> None:
    faults = Faults()
    columns = columns_from_objects({name: [None, value]}, faults)
    ((row, fault),) = faults
    assert (row, fault.reason, fault.field) == (1, "wrong_type", name)
    assert fault.message.startswith(message)
    assert columns[name].to_pylist() == [None, None]


@pytest.mark.parametrize("text", ["much", "1,5", "0x10", " 1", "1_000", "٣", "1.5.", "--1"])
def test_texts_that_are_no_numbers_are_blamed(text) -> None:
    assert texts("amount", ["2.5", text, ""]) == ([2.5, None, None], {1: "wrong_type"})


@pytest.mark.parametrize("text", ["1.5", "nan", "inf", "1e10"])
def test_texts_that_are_no_whole_numbers_are_blamed(text) -> None:
    found, blamed = texts("utc_offset_minutes", ["-240", text, "60.0"])
    assert (found, blamed) == ([-240, None, 60], {1: "wrong_type"})


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
def test_any_arrow_text_is_text(kind) -> None:
    values = pa.array([AT, "", None], kind)
    assert arrow("event_at", values) == ([MOMENT, None, None], {})
    assert arrow("user_id", values) == ([AT, None, None], {})
    if kind != pa.string_view():
        assert arrow("user_id", values.dictionary_encode()) == ([AT, None, None], {})


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_arrow_instants_of_any_unit_and_zone(unit) -> None:
    values = pa.array([MOMENT, None], pa.timestamp(unit, tz="Asia/Kolkata"))
    assert arrow("event_at", values) == ([MOMENT, None], {})


def test_arrow_instants_finer_than_a_microsecond_are_cut() -> None:
    values = pa.array([1_001, 2_000], pa.timestamp("ns", tz="UTC"))
    found, blamed = arrow("event_at", values)
    assert [moment.microsecond for moment in found] == [1, 2]
    assert blamed == {}


@pytest.mark.parametrize("unit", ["s", "ms"])
def test_arrow_instants_beyond_the_range_are_blamed_and_never_wrap(unit) -> None:
    """Nanoseconds called seconds are a plausible time again, once they wrap."""
    values = pa.array([0, 2**62], pa.timestamp(unit, tz="UTC"))
    faults = Faults()
    columns_from_arrow(pa.record_batch({"event_at": values}), faults)
    assert [(row, fault.field) for row, fault in faults] == [(1, "event_at")]


@pytest.mark.parametrize(
    ("name", "values", "kept"),
    [
        ("amount", pa.array([5, None], pa.uint64()), [5.0, None]),
        ("amount", pa.array([np.float16(0.5), None], pa.float16()), [0.5, None]),
        ("rating", pa.nulls(2), [None, None]),
        ("event_at", pa.nulls(2), [None, None]),
        ("utc_offset_minutes", pa.nulls(2), [None, None]),
        ("utc_offset_minutes", pa.array([-240, None], pa.int16()), [-240, None]),
    ],
)
def test_arrow_types_that_fit(name, values, kept) -> None:
    assert arrow(name, values) == (kept, {})


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("user_id", pa.array([7, None]), "user_id is int64 where text is wanted"),
        ("amount", pa.array(["5", None]), "amount is string where a number is wanted"),
        ("amount", pa.array([True, None]), "amount is bool where a number is wanted"),
        ("event_at", pa.array([7, None]), "event_at is int64 where an ISO 8601 time is wanted"),
        (
            "event_at",
            pa.array([MOMENT.replace(tzinfo=None), None]),
            "event_at is timestamp[us] where an ISO 8601 time is wanted",
        ),
    ],
)
def test_an_arrow_column_of_another_type_blames_the_rows_that_have_it(
    name, values, message
) -> None:
    faults = Faults()
    columns = columns_from_arrow(pa.record_batch({name: values}), faults)
    assert [(row, fault.reason, fault.message) for row, fault in faults] == [
        (0, "wrong_type", message)
    ]
    assert columns[name].equals(pa.nulls(2, ARROW_TYPES[KINDS[name]]))


def test_columns_outside_the_contract_are_left_out() -> None:
    faults = Faults()
    given_texts = {"colour": pa.array(["red"]), "item_id": pa.array(["i"])}
    assert list(columns_from_objects({"colour": ["red"], "item_id": ["i"]}, faults)) == ["item_id"]
    assert list(columns_from_texts(given_texts, faults)) == ["item_id"]
    assert list(columns_from_arrow(pa.record_batch(given_texts), faults)) == ["item_id"]


def test_a_local_time_is_read_by_the_zone_beside_it_in_every_form() -> None:
    local = {"event_at": ["2024-03-01T12:30:00"], "time_zone": ["Asia/Kolkata"]}
    arrays = {name: pa.array(values) for name, values in local.items()}
    wanted = [datetime(2024, 3, 1, 7, tzinfo=UTC)]
    for columns in (
        columns_from_objects(local, Faults()),
        columns_from_texts(arrays, Faults()),
        columns_from_arrow(pa.record_batch(arrays), Faults()),
    ):
        assert columns["event_at"].to_pylist() == wanted


def test_blank_texts_are_null_and_spaces_are_not_blank() -> None:
    assert blank_to_null(pa.array(["", " ", None, "a"])).to_pylist() == [None, " ", None, "a"]
