"""The benchmark of compression on data: a row a form, on the same questions, and one table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.with_data import compression
from models_ml.compression.variants import Variant, parameters, stored
from models_ml.config import RankerConfig, TrainConfig
from tests.benchmarks.conftest import page_with
from tests.models_ml.conftest import TINY, TINY_RANKER
from tests.models_ml.evaluation.test_benchmark import write_benchmark

PAGE = page_with(compression.TABLE)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch):
    """Models that train in a second, and all forms but onnxruntime's, whose export takes longer."""

    def config(**values: object) -> TrainConfig:
        return replace(TINY, **{**values, "epochs": 1})

    def ranker(**values: object) -> RankerConfig:
        return replace(TINY_RANKER, rounds=5)

    def forms(model, pruned, student, corpus) -> list[Variant]:
        found = {"full": model, "pruned": pruned.model, "student": student}
        return [Variant(name, one, parameters(one), stored(one)) for name, one in found.items()]

    monkeypatch.setattr(compression, "TrainConfig", config)
    monkeypatch.setattr(compression, "RankerConfig", ranker)
    monkeypatch.setattr(compression, "variants", forms)
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_every_form_has_a_row_and_what_is_kept_is_taken(
    small, tmp_path: Path, told, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_benchmark(tmp_path)
    page, keep = tmp_path / "models.md", tmp_path / "keep"
    page.write_text(PAGE)
    words = (str(tmp_path), "--width", "16", "--rounds", "2", "--keep", str(keep))
    first = told(compression.main, *words, "--docs", str(page))
    names = ["full", "pruned", "student", "alone", "ensemble"]
    assert [row["form"] for row in first["forms"]] == names and first["peer"] == "full"
    full, _, student, alone, ensemble = first["forms"]
    assert full["test mrr gain"] == [0, 0, 0] and "bytes" not in ensemble
    assert student["parameters"] == alone["parameters"] < full["parameters"]
    low, high = ensemble["test mrr gain"][1:]
    assert low <= ensemble["test mrr"] - full["test mrr"] + 2e-4 and high >= low
    text = page.read_text()
    assert "old" not in text and text.endswith("The end.\n")
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len(lines) == 2 + len(names) and {line.count("|") for line in lines} == {13}

    monkeypatch.setattr(compression, "train_ensemble", None)
    again = told(compression.main, *words, "--questions", "30")
    assert again["questions"] == 30
    assert np.isclose(again["forms"][0]["parameters"], full["parameters"])
