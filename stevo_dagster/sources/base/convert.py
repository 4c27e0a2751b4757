"""From a reader's values to contract types, blaming the rows that do not convert.

Belongs here: one function for values that carry types (JSON), one for texts (CSV and the like),
one for Arrow columns. Does not belong here: ranges and required fields (`ingest/validate.py`).
A type is never guessed: a number in quotes is text, an epoch number is no time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stevo_dagster.sources.base.contract import ARROW_TYPES, FIELDS, Field, Kind
from stevo_dagster.sources.base.faults import Faults, shown
from stevo_dagster.sources.base.times import instants

_WANTED: dict[Kind, str] = {
    "text": "text",
    "double": "a number",
    "int": "a whole number",
    "instant": "an ISO 8601 time",
}
# What Arrow takes for a number: a text is one or none whatever its neighbours are.
_NUMBER = r"^[+-]?((\d+[.]?\d*|[.]\d+)([eE][+-]?\d+)?|(?i:nan([(]\w*[)])?|inf|infinity))$"
_INT32 = 2**31


def columns_from_objects(
    values: Mapping[str, Sequence[Any]], faults: Faults
) -> dict[str, pa.Array]:
    """Contract columns from parsed JSON values.

    Args:
        values: column name to n values; columns outside the contract are ignored.
        faults: where wrong types are blamed.
    """
    found: dict[str, pa.Array] = {}
    for field in FIELDS:
        if field.name not in values:
            continue
        if field.kind == "instant":
            texts = _typed(values[field.name], Field(field.name, "text"), faults, "instant")
            found[field.name] = _instants(texts, field.name, found, faults)
        else:
            found[field.name] = _typed(values[field.name], field, faults, field.kind)
    return found


def columns_from_texts(texts: Mapping[str, pa.Array], faults: Faults) -> dict[str, pa.Array]:
    """Contract columns from string columns, where an empty text means nothing was given."""
    found: dict[str, pa.Array] = {}
    for field in FIELDS:
        if field.name not in texts:
            continue
        given = blank_to_null(texts[field.name])
        if field.kind == "text":
            found[field.name] = given
        elif field.kind == "instant":
            found[field.name] = _instants(given, field.name, found, faults)
        else:
            found[field.name] = _numbers(given, field, faults)
    return found


def columns_from_arrow(table: pa.RecordBatch, faults: Faults) -> dict[str, pa.Array]:
    """Contract columns from a Parquet batch; a column of another type blames each of its rows."""
    found: dict[str, pa.Array] = {}
    for field in FIELDS:
        if field.name not in table.schema.names:
            continue
        column = table.column(field.name)
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        if field.kind == "instant" and _is_text(column.type):
            texts = blank_to_null(column.cast(pa.string()))
            found[field.name] = _instants(texts, field.name, found, faults)
        elif _casts(column.type, field.kind):
            found[field.name] = _cast(column, field, faults)
        else:
            rows = np.flatnonzero(column.is_valid().to_numpy(False))
            message = f"{field.name} is {column.type} where {_WANTED[field.kind]} is wanted"
            faults.add_rows(rows, "wrong_type", field.name, message)
            found[field.name] = pa.nulls(len(column), ARROW_TYPES[field.kind])
    return found


def blank_to_null(texts: pa.Array) -> pa.Array:
    """String column with empty texts made null."""
    return pc.if_else(pc.equal(pc.binary_length(texts), 0), pa.scalar(None, pa.string()), texts)


def _is_text(kind: pa.DataType) -> bool:
    return (
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def _casts(kind: pa.DataType, wanted: Kind) -> bool:
    if pa.types.is_null(kind):
        return True
    if wanted == "text":
        return _is_text(kind)
    if wanted == "double":
        return pa.types.is_floating(kind) or pa.types.is_integer(kind)
    if wanted == "int":
        return pa.types.is_integer(kind)
    return pa.types.is_timestamp(kind) and kind.tz is not None


def _cast(column: pa.Array, field: Field, faults: Faults) -> pa.Array:
    """A column in its contract type; values beyond that type's range are blamed."""
    kind = ARROW_TYPES[field.kind]
    found = column.cast(kind, safe=False)
    if field.kind == "text":
        return blank_to_null(found)
    is_finer = pa.types.is_timestamp(column.type) and column.type.unit == "ns"
    if field.kind == "double" or is_finer or pa.types.is_null(column.type):
        return found
    wrapped = pc.not_equal(found.cast(column.type, safe=False), column)
    rows = np.flatnonzero(pc.fill_null(wrapped, False).to_numpy(False))
    faults.add_rows(rows, "wrong_type", field.name, f"{field.name} is too large for {kind}")
    return found


def _instants(
    texts: pa.Array, name: str, found: Mapping[str, pa.Array], faults: Faults
) -> pa.Array:
    return instants(
        texts,
        name,
        faults,
        offsets=found.get("utc_offset_minutes"),
        zones=found.get("time_zone"),
    )


_ALLOWED: dict[Kind, frozenset[type]] = {
    "text": frozenset({str, type(None)}),
    "instant": frozenset({str, type(None)}),
    "double": frozenset({float, int, type(None)}),
    "int": frozenset({int, type(None)}),
}


def _typed(values: Sequence[Any], field: Field, faults: Faults, shown_kind: Kind) -> pa.Array:
    """An Arrow column from Python values; shape (n,)."""
    kind = ARROW_TYPES[field.kind]
    if set(map(type, values)) <= _ALLOWED[field.kind]:
        try:
            column = pa.array(values, kind)
            return blank_to_null(column) if field.kind == "text" else column
        except (pa.ArrowInvalid, OverflowError, UnicodeEncodeError):
            pass  # one value does not fit: find out which
    kept = []
    for row, value in enumerate(values):
        fitting = _fitting(value, field.kind)
        if fitting is None and value is not None and value != "":
            faults.add(
                row,
                "wrong_type",
                field.name,
                f"{field.name} {shown(value)} is not {_WANTED[shown_kind]}",
            )
        kept.append(fitting)
    return pa.array(kept, kind)


def _fitting(value: Any, kind: Kind) -> Any:
    """The value in its kind, or None where it is none of it."""
    if isinstance(value, bool):
        return None
    if kind == "text":
        return value if isinstance(value, str) and value and _encodes(value) else None
    if kind == "double":
        try:
            return float(value) if isinstance(value, int | float) else None
        except OverflowError:
            return None
    is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return int(value) if is_whole and -_INT32 <= value < _INT32 else None


def _encodes(text: str) -> bool:
    """Whether a text has no lone surrogates, which JSON can write and UTF-8 cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _numbers(texts: pa.Array, field: Field, faults: Faults) -> pa.Array:
    """Numbers from texts; shape (n,)."""
    try:
        numbers = texts.cast(pa.float64())
    except pa.ArrowInvalid:
        is_number = pc.fill_null(pc.match_substring_regex(texts, _NUMBER), False)
        bad = pc.and_(texts.is_valid(), pc.invert(is_number)).to_numpy(False)
        _blame(texts, bad, field, faults)
        numbers = pc.if_else(is_number, texts, pa.scalar(None, pa.string())).cast(pa.float64())
    if field.kind == "double":
        return numbers
    plain = numbers.to_numpy(zero_copy_only=False)
    with np.errstate(invalid="ignore"):
        whole = (plain >= -_INT32) & (plain < _INT32) & (plain == np.floor(plain))
    _blame(texts, numbers.is_valid().to_numpy(False) & ~whole, field, faults)
    return pa.array(np.where(whole, plain, 0), pa.int32(), mask=~whole)


def _blame(texts: pa.Array, bad: np.ndarray, field: Field, faults: Faults) -> None:
    faults.add_rows(
        np.flatnonzero(bad),
        "wrong_type",
        field.name,
        lambda row: f"{field.name} {shown(texts[row].as_py())} is not {_WANTED[field.kind]}",
    )
