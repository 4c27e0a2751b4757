"""The benchmark of compression: every form has its sizes, times and ratio to the full network."""

from __future__ import annotations

import pytest
import torch

from benchmarks import compression
from models_ml.compression.variants import Variant, parameters, stored


@pytest.fixture(autouse=True)
def same_threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """All forms but onnxruntime's, whose export takes longer than the rest of the test."""

    def forms(model, pruned, student, corpus) -> list[Variant]:
        made = {"full": model, "pruned": pruned.model, "student": student}
        return [Variant(name, one, parameters(one), stored(one)) for name, one in made.items()]

    monkeypatch.setattr(compression, "variants", forms)


def test_it_prints_sizes_and_a_ratio_for_every_form(told, few) -> None:
    words = ("--people", "24", "--days", "14", "--width", "16", "--rounds", "2")
    found = told(compression.main, *words)
    assert found["peer"].startswith("full network") and found["threads"] == 1
    full, pruned, student = found["forms"]
    assert full["form"] == "full" and full["ratio"] == 1.0
    assert all(row["p50_ms_of_64"] <= row["p95_ms_of_64"] for row in found["forms"])
    assert pruned["parameters"] < 0.7 * full["parameters"] and pruned["bytes"] < full["bytes"]
    assert student["parameters"] < full["parameters"]
    share = full["p50_ms_of_64"] / student["p50_ms_of_64"]
    assert student["ratio"] == pytest.approx(share, rel=0.05)
