"""The event contract as CSV and Parquet, and how the three forms are told apart."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import settings as cases
from hypothesis import strategies as st

from stevo_dagster.sources.base.faults import FileProblem
from tests.stevo_dagster.sources.kit import read

CSV = (
    b"\xef\xbb\xbfuser_id,event_type,event_at,item_id,amount,colour\r\n"
    b'u1,purchase,2024-03-01T00:00:00Z,"i,1",2.5,red\r\n'
    b"\r\n"
    b"u2,click,2024-03-01T00:00:00Z,i2,,\r\n"
    b'u3,"cli"ck,2024-03-01T00:00:00Z,i2,,\r\n'
    b"u4,click,2024-03-01T00:00:00Z\r\n"
    b"u5,click,2024-03-01T00:00:00Z,i2,much,\r\n"
)
AT = datetime(2024, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.txt"])
def test_csv(tmp_path, name) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(CSV) if name.endswith("gz") else CSV)
    found, reasons = read("events", path)
    assert found[0] == {
        "user_id": "u1",
        "event_type": "purchase",
        "event_at": AT,
        "item_id": "i,1",
        "amount": 2.5,
        "extra": '{"colour":"red"}',
    }
    assert found[1] == {"user_id": "u2", "event_type": "click", "event_at": AT, "item_id": "i2"}
    assert reasons == {5: "bad_quotes", 6: "bad_fields", 7: "wrong_type"}


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (b"user_id,event_type\n", "lacks event_at"),
        (b"user_id,event_type,event_at,user_id\n", "twice"),
    ],
)
def test_csv_without_a_usable_header(tmp_path, header, message) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(header)
    with pytest.raises(FileProblem, match=message):
        read("events", path)


def test_parquet_keeps_unknown_columns_and_blames_other_types(tmp_path) -> None:
    path = tmp_path / "a.parquet"
    columns = {
        "user_id": pa.array(["u1", "u2"]).dictionary_encode(),
        "event_type": ["click", "click"],
        "event_at": pa.array([AT] * 2, pa.timestamp("ms", tz="UTC")),
        "item_id": pa.array([None, 7], pa.int64()),
        "speed": [1.5, None],
    }
    pq.write_table(pa.table(columns), path)
    found, reasons = read("events", path)
    assert found[0]["extra"] == '{"speed":1.5}'
    assert found[0]["event_at"] == AT
    assert reasons == {2: "wrong_type"}


def test_parquet_that_pandas_wrote(tmp_path) -> None:
    """Its texts are Arrow's large strings, times among them."""
    path = tmp_path / "a.parquet"
    frame = pd.DataFrame(
        {"user_id": ["u1"], "event_type": ["click"], "event_at": ["2024-03-01T01:00:00+01:00"]}
    )
    frame.to_parquet(path)
    wanted = {"user_id": "u1", "event_type": "click", "event_at": AT}
    assert read("events", path) == ([wanted], {})


JSON_LINE = (
    b'{"user_id": "u1", "event_type": "click", "event_at": "2024-03-01T00:00:00Z", "b": 1}\n'
)


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.json", "a.log", "a.jsonl.gz", "noname"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_json_lines_by_any_name(tmp_path, name, mark) -> None:
    path, content = tmp_path / name, mark + JSON_LINE
    path.write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    (row,), reasons = read("events", path)
    assert row["extra"] == '{"b":1}'
    assert reasons == {}


def test_a_name_decides_before_the_bytes_do(tmp_path) -> None:
    for name, content in (("a.jsonl", CSV), ("a.jsonl.gz", gzip.compress(CSV))):
        path = tmp_path / name
        path.write_bytes(content)
        assert set(read("events", path)[1].values()) == {"bad_json"}
    path = tmp_path / "a.csv"
    path.write_bytes(JSON_LINE)
    with pytest.raises(FileProblem, match="lacks user_id, event_type, event_at"):
        read("events", path)


def test_parquet_is_known_by_its_bytes(tmp_path) -> None:
    path = tmp_path / "a.csv"
    table = {"user_id": ["u1"], "event_type": ["click"], "event_at": ["2024-03-01T00:00:00Z"]}
    pq.write_table(pa.table(table), path)
    assert read("events", path)[0][0]["user_id"] == "u1"


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), min_size=1, max_size=8)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
EVENT = st.fixed_dictionaries(
    {"user_id": TEXT, "event_type": TEXT},
    optional={
        "event_id": TEXT,
        "event_at": st.sampled_from(["2024-03-01T00:00:00Z", "2024-03-01T09:30:00.25+09:00"]),
        "utc_offset_minutes": st.integers(-720, 840),
        "latitude": NUMBER,
        "amount": st.integers(-(2**40), 2**40).map(float),
        "query": st.just("") | TEXT,
        "colour": TEXT,
    },
)


@cases(deadline=None, max_examples=40)
@given(st.lists(EVENT, min_size=1, max_size=5))
def test_the_three_forms_of_the_same_events_read_alike(tmp_path_factory, told) -> None:
    folder = tmp_path_factory.mktemp("forms")
    names = sorted({name for row in told for name in row} | {"event_at"})
    _write_json(folder / "a.jsonl", told)
    _write_csv(folder / "a.csv", names, told)
    pq.write_table(
        pa.table({name: pa.array([row.get(name) for row in told]) for name in names}),
        folder / "a.parquet",
    )
    found = [read("events", folder / name) for name in ("a.jsonl", "a.csv", "a.parquet")]
    assert len(found[0][0]) == len(told)
    assert [reasons for _, reasons in found] == [{}, {}, {}]
    assert found[0] == found[1] == found[2]


def _write_json(path: Path, told: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in told))


def _write_csv(path: Path, names: list[str], told: list[dict[str, Any]]) -> None:
    with path.open("w", newline="") as handle:
        writer = csv.DictWriter(handle, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(told)
