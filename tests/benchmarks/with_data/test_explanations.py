"""The benchmark of explanations: both tables, from a network trained here or kept."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmarks.with_data import explanations
from models_ml import checkpoint
from models_ml.config import RankerConfig, TrainConfig
from models_ml.data import sequences
from models_ml.data.corpus import encode
from models_ml.transformer.train import train
from tests.benchmarks.conftest import page_with
from tests.models_ml.conftest import TINY, TINY_RANKER, make_events
from tests.models_ml.evaluation.test_benchmark import write_benchmark

PAGE = page_with(*explanations.TABLES)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Models that train in a second."""

    def network(**values: object) -> TrainConfig:
        return replace(TINY, seed=values["seed"], epochs=2)

    def ranker(**values: object) -> RankerConfig:
        return replace(TINY_RANKER, **{**values, "rounds": 5})

    monkeypatch.setattr(explanations, "TrainConfig", network)
    monkeypatch.setattr(explanations, "RankerConfig", ranker)


def test_both_tables_are_written(small: None, tmp_path: Path, told) -> None:
    write_benchmark(tmp_path)
    page = tmp_path / "models.md"
    page.write_text(PAGE)
    words = (str(tmp_path), "--questions", "300", "--asked", "32", "--users", "8")
    found = told(explanations.main, *words, "--docs", str(page))
    text = page.read_text()
    assert "old" not in text and text.count("| pointers |") == 2
    assert text.count("| integrated gradients |") == 2 and "rank correlation" in text
    assert text.count("| st_transformer |") == explanations.LISTED
    assert {row["model"] for row in found["features"]} == {"st_transformer", "ranker"}
    groups = [row["gain"] for row in found["features"] if row["model"] == "ranker"]
    assert sum(groups) == pytest.approx(1)


def test_a_kept_network_is_taken_as_it_is(tmp_path: Path) -> None:
    corpus = encode(sequences.build(make_events()))
    trained = train(corpus, replace(TINY, epochs=1))
    checkpoint.save(trained.model, trained.curves, tmp_path)
    found = explanations.network(corpus, Namespace(network=tmp_path))
    kept = found.network.state_dict()
    for name, values in trained.model.network.state_dict().items():
        assert torch.equal(kept[name], values)
