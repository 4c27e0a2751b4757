"""JSON lines: what an object becomes, and lines that are none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as cases
from hypothesis import strategies as st

from stevo_dagster.sources.base.chunk import Source
from stevo_dagster.sources.base.contract import FIELD_NAMES
from stevo_dagster.sources.events_jsonl import MAX_DEPTH, chunks
from tests.stevo_dagster.sources.kit import Row, read

Lines = tuple[list[Row], dict[int, str]]


def lines(path: Path, *told: Any) -> Lines:
    """What lines become; texts are written as they are, other values as JSON."""
    texts = [line if isinstance(line, str) else json.dumps(line) for line in told]
    path.write_text("".join(f"{text}\n" for text in texts))
    return read("events", path)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "bad_json"),
        ('{"user_id": "u"} {"user_id": "v"}', "bad_json"),
        ("{'user_id': 'u'}", "bad_json"),
        ('{"amount": ' + "9" * 5_000 + "}", "bad_json"),
        ("[1, 2]", "not_an_object"),
        ('"text"', "not_an_object"),
        ("null", "not_an_object"),
        ('{"user_id": 7}', "wrong_type"),
        ('{"colour": NaN}', "not_finite"),
        ('{"colour": [{"a": 1e999}]}', "not_finite"),
    ],
)
def test_a_line_that_is_no_event_is_blamed_alone(tmp_path, line, reason) -> None:
    found, reasons = lines(tmp_path / "a.jsonl", {"user_id": "a"}, line, {"user_id": "b"})
    assert reasons == {2: reason}
    assert (found[0], found[2]) == ({"user_id": "a"}, {"user_id": "b"})


def nested(depth: int) -> str:
    """An object that holds lists, `depth` deep."""
    return '{"deep": ' + "[" * (depth - 1) + "]" * (depth - 1) + "}"


def test_depth_has_a_limit(tmp_path) -> None:
    told = lines(tmp_path / "a.jsonl", nested(MAX_DEPTH), nested(MAX_DEPTH + 1), nested(100_000))
    assert told[1] == {2: "too_deep", 3: "too_deep"}


def test_brackets_in_texts_are_not_deep(tmp_path) -> None:
    query = "\\" + '"' + "[{" * 500
    found, reasons = lines(tmp_path / "a.jsonl", {"query": query, "list": [[]] * 200})
    assert found[0]["query"] == query
    assert reasons == {}


def test_an_extra_object_is_merged_so_that_exports_read_back(tmp_path) -> None:
    found, _ = lines(
        tmp_path / "a.jsonl",
        {"extra": {"colour": "red", "size": 1}, "size": 2},
        {"extra": "a text"},
        {"extra": {}},
    )
    assert [row.get("extra") for row in found] == [
        '{"colour":"red","size":2}',
        '{"extra":"a text"}',
        None,
    ]


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
UNKNOWN = st.dictionaries(
    st.text().filter(lambda name: name not in {*FIELD_NAMES, "extra"}), VALUES
)


@cases(deadline=None, max_examples=60)
@given(st.lists(UNKNOWN, min_size=1, max_size=4))
def test_unknown_fields_are_kept_as_they_were(tmp_path_factory, told) -> None:
    path = tmp_path_factory.mktemp("lines") / "a.jsonl"
    found, reasons = lines(path, *told)
    kept = [json.loads(row.get("extra", "{}")) for row in found]
    assert kept == [{k: v for k, v in row.items() if v is not None} for row in told]
    assert reasons == {}


@cases(deadline=None, max_examples=60)
@given(st.lists(st.binary(max_size=40).filter(lambda raw: b"\n" not in raw), max_size=6))
def test_any_bytes_are_lines_with_or_without_a_fault(tmp_path_factory, raw) -> None:
    path = tmp_path_factory.mktemp("lines") / "a.jsonl"
    path.write_bytes(b"x" + b"\n".join(raw))
    for chunk in chunks(Source("a.jsonl", {"file": path})):
        assert {len(column) for column in chunk.columns.values()} == {len(chunk)}
        assert all(chunk.raw(row) for row in range(len(chunk)))
        for row in range(len(chunk)):
            is_object = _is_object(chunk.raw(row))
            assert is_object or row in chunk.faults


def _is_object(raw: bytes | None) -> bool:
    try:
        return isinstance(json.loads((raw or b"").decode()), dict)
    except ValueError:
        return False
