"""`stevo search`: trials in a file, the best on standard output, which `stevo benchmark` takes."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from stevo_dagster.commands import benchmark, search
from stevo_dagster.errors import StevoError
from tests.models_ml.evaluation.test_benchmark import write_benchmark

FIXED = {"questions": 300, "rounds": 8, "min_leaf": 10, "threads": 1}


@pytest.fixture
def app() -> typer.Typer:
    found = typer.Typer()
    search.register(found)
    benchmark.register(found)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small city, and settings that make short trials."""
    path = tmp_path / "city"
    path.mkdir()
    write_benchmark(path, people=12)
    (tmp_path / "fixed.json").write_text(json.dumps(FIXED))
    return path


def words(folder: Path, trials: int, out: str = "trials.jsonl") -> list[str]:
    fixed = folder.parent / "fixed.json"
    given = ["--model", "ranker", "--trials", str(trials), "--settings", str(fixed)]
    return ["search", str(folder), *given, "--out", str(folder.parent / out)]


def test_test_is_not_read_and_the_best_is_printed(app: typer.Typer, folder: Path) -> None:
    plain = CliRunner().invoke(app, words(folder, 2, "one.jsonl"))
    assert plain.exit_code == 0, plain.output
    (folder / "test.csv.gz").write_bytes(b"not to be read")
    again = CliRunner().invoke(app, words(folder, 2, "two.jsonl"))
    assert again.stdout == plain.stdout
    lines = [(folder.parent / f"{name}.jsonl").read_text().splitlines() for name in ("one", "two")]
    assert lines[0][0] == lines[1][0]
    trials = [[{**json.loads(x), "seconds": 0} for x in part[1:]] for part in lines]
    assert trials[0] == trials[1] and len(trials[0]) == 2
    best = json.loads(plain.stdout)
    assert best.items() >= FIXED.items() and "leaves" in best
    assert "trial 0, MRR on val" in plain.stderr and "the best of 2: trial" in plain.stderr


def test_a_rerun_goes_on(app: typer.Typer, folder: Path) -> None:
    CliRunner().invoke(app, words(folder, 1))
    again = CliRunner().invoke(app, words(folder, 2))
    told = [line for line in again.stderr.splitlines() if line.startswith("trial")]
    assert len(told) == 1 and told[0].startswith("trial 1")
    assert (folder.parent / "trials.jsonl").read_text().count("\n") == 3


def test_the_benchmark_takes_what_is_printed(app: typer.Typer, folder: Path) -> None:
    found = CliRunner().invoke(app, words(folder, 2))
    best, out = folder.parent / "best.json", folder.parent / "answers.csv"
    best.write_text(found.stdout)
    ask = ["benchmark", str(folder), "--model", "ranker", "--out", str(out), "--split", "val"]
    done = CliRunner().invoke(app, [*ask, "--settings", str(best)])
    assert done.exit_code == 0, done.output
    trials = [json.loads(x) for x in (folder.parent / "trials.jsonl").read_text().splitlines()[1:]]
    asked = pd.read_csv(folder / "val.csv.gz", dtype=str).set_index("event_id")["item_id"]
    told = pd.read_csv(out, dtype={"item_id": str})
    rank = told[told["item_id"] == told["event_id"].map(asked)]["rank"]
    # It answers val as the best trial did, but for the order of ties.
    first, second = sorted((trial["metrics"]["mrr"] for trial in trials), reverse=True)
    assert first - second > 4e-3
    assert (1 / rank).sum() / len(asked) == pytest.approx(first, abs=1e-3)
    best.write_text(json.dumps({"leaves": 4.5}))
    wrong = CliRunner().invoke(app, [*ask, "--settings", str(best)])
    assert isinstance(wrong.exception, StevoError)
    assert "leaves must be a whole number, got 4.5" in str(wrong.exception)
    assert str(best) in str(wrong.exception)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--model", "oracle"], "no model is called 'oracle'"),
        (["--model", "blend"], "blend takes no settings"),
        (["--trials", "0"], "trials must be at least 1, got 0"),
        (["--out", "gone/trials.jsonl"], "no folder gone"),
        (["--settings", "gone.json"], "the settings cannot be read"),
    ],
)
def test_bad_requests_are_named(
    app: typer.Typer, folder: Path, arguments: list[str], problem: str
) -> None:
    found = CliRunner().invoke(app, [*words(folder, 1), *arguments])
    assert isinstance(found.exception, StevoError)
    assert problem in str(found.exception)
