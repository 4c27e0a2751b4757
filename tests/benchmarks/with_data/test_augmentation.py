"""The benchmark of augmentation: every way beside none, on the same questions of val, one table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.with_data import augmentation
from models_ml.config import TrainConfig
from tests.benchmarks.conftest import page_with
from tests.models_ml.conftest import TINY
from tests.models_ml.evaluation.test_benchmark import write_benchmark

PAGE = page_with(augmentation.TABLE)


def test_every_way_is_measured_beside_none_without_test(
    tmp_path: Path, told, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_benchmark(tmp_path)
    (tmp_path / "test.csv.gz").write_bytes(b"not read")
    monkeypatch.setattr(
        augmentation, "TrainConfig", lambda **values: replace(TINY, **{**values, "d_model": 16})
    )
    page = tmp_path / "models.md"
    page.write_text(PAGE)
    words = (str(tmp_path), "--epochs", "1", "--newest", "400", "--share", "0.6")
    found = told(augmentation.main, *words, "--docs", str(page))
    assert [run["augmentation"] for run in found["runs"]] == [
        *("none", "crop", "mask", "jitter", "all")
    ]
    peer, *others = found["runs"]
    assert peer["mrr_gain"] == [0, 0, 0] and found["peer"] == "none"
    for run in others:
        gain, low, high = run["mrr_gain"]
        assert low <= gain <= high and gain == pytest.approx(run["mrr"] - peer["mrr"], abs=2e-4)
    assert len({run["train_loss"] for run in found["runs"]}) == 5
    text = page.read_text()
    assert "old" not in text and text.endswith("The end.\n") and "share 0.6 (0.3 each" in text
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len(lines) == 2 + 5 and {line.count("|") for line in lines} == {9}


def test_all_together_is_gentler_in_each_and_valid() -> None:
    found = augmentation.ways(0.4)
    assert found["none"] == {} and found["mask"] == {"mask_share": 0.4}
    assert set(found["all"].values()) == {0.2} and len(found["all"]) == 3
    assert all(TrainConfig(**shares) for shares in found.values())
