"""The benchmark of pre-training: both directions, both splits, and a ratio that val decides."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.with_data import pretraining
from models_ml.config import TrainConfig
from models_ml.evaluation import cities
from tests.benchmarks.conftest import page_with
from tests.models_ml.conftest import TINY, make_events


def test_each_city_is_source_and_target_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    def config(**values: object) -> TrainConfig:
        return replace(TINY, epochs=1, max_train_events=200)

    monkeypatch.setattr(pretraining, "TrainConfig", config)
    monkeypatch.setattr(pretraining, "KEPT", 0.6)
    monkeypatch.setattr(pretraining, "simulated", lambda people, seed: table)
    folder, page = tmp_path / "town", tmp_path / "page.md"
    cities.write(cities.in_form(make_events()), folder)
    table = pretraining.benchmark.sequences_of(pretraining.benchmark.read(folder))
    page.write_text(page_with(pretraining.TABLE))
    assert pretraining.main([str(folder), "--docs", str(page)]) == 0
    found = json.loads(capsys.readouterr().out)
    directions = {(run["source"], run["target"]) for run in found["runs"]}
    assert directions == {("simulated", "town"), ("town", "simulated")}
    assert [run["split"] for run in found["runs"]] == (["val"] * 3 + ["test"] * 3) * 2
    assert found["runs"][0]["mrr_gain"] == [0, 0, 0] and set(found["ratio"]) == {
        "town",
        "simulated",
    }
    told = page.read_text()
    assert "old" not in told and told.endswith("The end.\n") and told.count("| none |") == 4


def test_val_decides_which_objective_the_ratio_is_of() -> None:
    def run(name: str, split: str, mrr: float) -> dict[str, object]:
        return {"target": "town", "pretraining": name, "split": split, "mrr": mrr}

    runs = [run("none", "val", 0.2), run("next", "val", 0.3), run("hidden", "val", 0.25)]
    runs += [run("none", "test", 0.2), run("next", "test", 0.1), run("hidden", "test", 0.4)]
    assert pretraining.ratios(runs) == {"town": 0.5}
