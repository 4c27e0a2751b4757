"""The benchmark of next places: every model on both splits, the scorer's own figures, one table."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.with_data import next_place
from models_ml import registry
from models_ml.config import RankerConfig, TrainConfig
from tests.benchmarks.conftest import page_with
from tests.models_ml.conftest import TINY, TINY_RANKER
from tests.models_ml.evaluation.test_benchmark import write_benchmark

SCORER = """
import json, sys
import pandas as pd
folder, answers, _, split, _ = sys.argv[1:]
asked = pd.read_csv(f"{folder}/{split}.csv.gz", dtype=str)
asked = asked[asked["scored"] == "True"].set_index("event_id")["item_id"]
told = pd.read_parquet(answers)
hit = told[told["item_id"] == told["event_id"].map(asked)]["rank"]
at = {f"acc@{k}": float((hit <= k).sum() / len(asked)) for k in (1, 5, 10)}
print(json.dumps({"n": len(asked), **at, "mrr": float((1 / hit).sum() / len(asked)),
                  "acc@10_discovery": 0.5}))
"""
PAGE = page_with(*next_place.TABLES.values())


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Models that train in a second."""

    def config(**values: object) -> TrainConfig:
        return replace(TINY, epochs=1, **values)

    def ranker(**values: object) -> RankerConfig:
        return replace(TINY_RANKER, rounds=5, **values)

    monkeypatch.setattr(next_place, "TrainConfig", config)
    monkeypatch.setattr(registry, "RankerConfig", ranker)


def test_every_model_is_scored_on_both_splits_and_tasks(small, tmp_path: Path, capsys) -> None:
    write_benchmark(tmp_path)
    scorer, out, page = tmp_path / "score.py", tmp_path / "out.json", tmp_path / "models.md"
    scorer.write_text(SCORER)
    page.write_text(PAGE)
    given = [str(tmp_path), str(scorer), "--seeds", "1", "2", "--networks", "1", "--out", str(out)]
    assert next_place.main([*given, "--docs", str(page)]) == 0
    found = json.loads(out.read_text())
    assert json.loads(capsys.readouterr().out) == found
    assert found["peer"] == "blend" and found["ratio"] > 0
    # Two counting models, and three learned ones for each seed, on two splits and two tasks.
    assert len(found["runs"]) == (2 + 3 * 2) * 2 * 2
    told = page.read_text()
    assert "\nold\n" not in told and told.endswith("The end.\n")
    assert told.count("| ensemble |") == told.count("| visit_counter |") == 4
    for task, name in next_place.TABLES.items():
        runs = [run for run in found["runs"] if run["task"] == task]
        assert next_place.with_table(told, name, next_place.table(runs)) == told


def test_an_ensemble_of_several_networks_has_rows_of_its_own(small, tmp_path: Path, capsys) -> None:
    write_benchmark(tmp_path)
    scorer, out = tmp_path / "score.py", tmp_path / "out.json"
    scorer.write_text(SCORER)
    given = [str(tmp_path), str(scorer), "--seeds", "1", "--tasks", "next", "--out", str(out)]
    assert next_place.main([*given, "--networks", "1"]) == 0
    first = json.loads(out.read_text())["runs"]
    assert next_place.main([*given, "--networks", "2"]) == 0
    found = json.loads(out.read_text())
    names = {run["model"] for run in found["runs"]}
    single = {"visit_counter", "blend", "ensemble", "st_transformer", "ranker"}
    assert names == single | {"ensemble of 2 seeds", "st_transformer of 2 seeds"}
    assert {run["task"] for run in found["runs"]} == {"next"} and found["ratio"] > 0
    for name in ("ensemble", "st_transformer"):
        own = [run for run in first if run["model"] == name]
        assert [run for run in found["runs"] if run["model"] == name] == own
    rows = next_place.table(found["runs"]).splitlines()
    assert sum(row.startswith("| next | ensemble of 2 seeds |") for row in rows) == 2
    assert all(row.endswith(" |  |") for row in rows if "| st_transformer of 2 seeds |" in row)


def test_named_models_have_a_table_of_their_own_and_others_stay(tmp_path: Path, capsys) -> None:
    write_benchmark(tmp_path)
    scorer, out, page = tmp_path / "score.py", tmp_path / "out.json", tmp_path / "models.md"
    scorer.write_text(SCORER)
    page.write_text(page_with(*next_place.TABLES.values(), next_place.PEERS_TABLE))
    given = [str(tmp_path), str(scorer), "--seeds", "1", "--out", str(out), "--docs", str(page)]
    assert next_place.main([*given, "--models", "user_knn", "blend"]) == 0
    first = json.loads(capsys.readouterr().out)["runs"]
    assert next_place.main([*given, "--models", "item_knn", "blend"]) == 0
    runs = json.loads(out.read_text())["runs"]
    assert [run["model"] for run in runs] == [
        name for name in ("user_knn", "item_knn", "blend") for _ in next_place.SPLITS
    ]
    assert [run for run in runs if run["model"] == "user_knn"] == first[:2]
    told = page.read_text()
    assert told.count("old\n") == len(next_place.TABLES)
    assert next_place.table(runs) in told


def test_a_row_is_the_mean_over_seeds_with_its_spread() -> None:
    run = {"task": "next", "model": "ensemble", "split": "test", "n": 9}
    metrics = dict.fromkeys(next_place.SHOWN, 0.5)
    runs = [
        {**run, **metrics, "seed": seed, "seconds": seconds, "acc@1": value}
        for seed, seconds, value in ((1, 10.0, 0.2), (2, 20.0, 0.4))
    ]
    row = next_place.table(runs).splitlines()[-1]
    assert row == "| next | ensemble | test | 0.300 ± 0.141 | 0.500 | 0.500 | 0.500 | 0.500 | 15 |"


def test_a_scorer_that_fails_stops_it(small, tmp_path: Path) -> None:
    import subprocess

    write_benchmark(tmp_path)
    scorer = tmp_path / "score.py"
    scorer.write_text("raise SystemExit('no')")
    with pytest.raises(subprocess.CalledProcessError):
        next_place.main([str(tmp_path), str(scorer)])
