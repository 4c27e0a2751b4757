"""`stevo benchmark`: the file it writes, and the words it has for bad input."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from stevo_dagster.commands import benchmark
from stevo_dagster.errors import StevoError

COLUMNS = ["event_id", "user_id", "item_id", "category", "event_type", "event_at"]


@pytest.fixture
def app() -> typer.Typer:
    found = typer.Typer()
    benchmark.register(found)
    found.callback()(lambda: None)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two people who go to and fro between two places."""
    path = tmp_path / "city"
    path.mkdir()
    days = pd.date_range("2024-01-01", periods=40, freq="12h", tz="UTC")
    for name, moments in (("train", days[:30]), ("val", days[30:35]), ("test", days[35:])):
        rows = [
            (f"{user}-{moment:%m%d%H}", user, "ab"[moment.hour > 0], "x", "check_in", moment)
            for user in ("1", "2")
            for moment in moments
        ]
        table = pd.DataFrame(rows, columns=COLUMNS)
        place = {"utc_offset_minutes": 0, "latitude": 40.0, "longitude": -74.0}
        table.assign(**place, scored=name != "train").to_csv(path / f"{name}.csv.gz", index=False)
    return path


@pytest.mark.parametrize("name", ["p.parquet", "p.csv", "p.csv.gz"])
def test_answers_are_written(app: typer.Typer, folder: Path, tmp_path: Path, name: str) -> None:
    out = tmp_path / name
    found = CliRunner().invoke(
        app, ["benchmark", str(folder), "--out", str(out), "--model", "markov"]
    )
    assert found.exit_code == 0, found.output
    assert "10 events of test answered by markov" in found.output
    table = pd.read_parquet(out) if name == "p.parquet" else pd.read_csv(out)
    assert list(table.columns) == ["event_id", "rank", "item_id"]
    first = table[table["rank"] == 1].set_index("event_id")["item_id"]
    assert all(place == "ab"[event.endswith("12")] for event, place in first.items())
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["city", name])


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--model", "oracle"], "no model is called 'oracle'"),
        (["--split", "train"], "no split 'train' to answer"),
        (["--model", "markov", "--seeds", "2"], "markov is trained from one seed, got seeds 2"),
        (["--seeds", "0"], "seeds must be at least 1, got 0"),
        ([], "too few train events with a place"),
        (["--model", "ranker", "--texts", "m"], "ranker makes no use of texts"),
    ],
)
def test_bad_requests_are_named(
    app: typer.Typer, folder: Path, tmp_path: Path, arguments: list[str], problem: str
) -> None:
    out = tmp_path / "p.parquet"
    found = CliRunner().invoke(app, ["benchmark", str(folder), "--out", str(out), *arguments])
    assert found.exit_code != 0
    assert isinstance(found.exception, StevoError)
    assert problem in str(found.exception)
    assert not out.exists()


def test_bad_paths_are_named(app: typer.Typer, folder: Path, tmp_path: Path) -> None:
    for out, problem in (("p.xlsx", "no known ending"), ("gone/p.csv", "no folder")):
        arguments = ["benchmark", str(folder), "--out", str(tmp_path / out), "--model", "blend"]
        assert problem in str(CliRunner().invoke(app, arguments).exception)
    missing = ["benchmark", str(tmp_path / "x"), "--out", str(tmp_path / "p.csv")]
    assert "no benchmark folder" in str(CliRunner().invoke(app, missing).exception)
