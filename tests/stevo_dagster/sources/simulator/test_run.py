"""The public functions, end to end."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stevo_dagster.errors import StevoError
from stevo_dagster.sources.simulator import simulate, simulate_table
from stevo_dagster.sources.simulator.writer import FORMATS


@pytest.mark.parametrize("format", FORMATS)
def test_files_hold_what_the_result_says(tmp_path: Path, format: str) -> None:
    result = simulate(tmp_path / "new" / "city", people=40, days=12, dirt=0.05, format=format)
    truth = json.loads(result.truth.read_text())
    if format == "parquet":
        rows = pq.ParquetFile(result.events).metadata.num_rows
    else:
        rows = result.events.read_bytes().count(b"\n") - (format == "csv")
    assert rows == result.lines == truth["ledger"]["lines"]
    assert truth["parameters"]["format"] == format
    assert result.dirt == {name: kind["count"] for name, kind in truth["dirt"].items()}
    assert result.late is not None and result.late.name == f"late.{format}"
    assert sorted(path.name for path in result.events.parent.iterdir()) == sorted(
        [f"events.{format}", f"late.{format}", "truth.json"]
    )


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    one, two = (simulate(tmp_path / name, people=30, days=8) for name in "ab")
    assert one.events.read_bytes() == two.events.read_bytes()
    assert one.truth.read_bytes() == two.truth.read_bytes()
    other = simulate(tmp_path / "c", people=30, days=8, seed=8)
    assert other.events.read_bytes() != one.events.read_bytes()


def test_a_clean_run_has_no_dirt_and_takes_the_late_file_away(tmp_path: Path) -> None:
    simulate(tmp_path, people=30, days=8)
    result = simulate(tmp_path, people=30, days=8, dirt=0, format="jsonl")
    assert result.late is None and not (tmp_path / "late.jsonl").exists()
    events = [json.loads(line) for line in result.events.read_bytes().splitlines()]
    table = simulate_table(people=30, days=8)
    assert [event["event_id"] for event in events] == table["event_id"].to_pylist()
    assert result.lines == result.clean_events == len(table)


@settings(deadline=None, max_examples=12)
@given(
    people=st.integers(1, 12),
    days=st.integers(1, 9),
    seed=st.integers(0, 2**40),
    null=st.booleans(),
    format=st.sampled_from(FORMATS),
)
def test_the_smallest_cities_work(
    tmp_path_factory: pytest.TempPathFactory,
    people: int,
    days: int,
    seed: int,
    null: bool,
    format: str,
) -> None:
    out = tmp_path_factory.mktemp("tiny")
    result = simulate(out, people, days, seed, 0.1, format, null=null)
    ledger = dict(result.ledger)
    assert ledger.pop("lines") == sum(ledger.values()) == result.lines
    assert ledger["quarantined"] > 0


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"dirt": 0.6}, "dirt"),
        ({"dirt": float("nan")}, "dirt"),
        ({"format": "xml"}, "xml"),
        ({"people": 0}, "people"),
    ],
)
def test_bad_arguments_write_nothing(
    tmp_path: Path, arguments: dict[str, object], named: str
) -> None:
    with pytest.raises(StevoError, match=named):
        simulate(tmp_path / "city", **arguments)  # type: ignore[arg-type]
    assert not (tmp_path / "city").exists()


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "city").write_text("mine")
    with pytest.raises(StevoError, match="city"):
        simulate(tmp_path / "city", people=2, days=2)
    assert (tmp_path / "city").read_text() == "mine"
