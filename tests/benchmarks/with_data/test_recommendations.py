"""The benchmark of recommendations: every model plain and re-ranked, and one table of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.with_data import recommendations
from models_ml.columns import BASELINES, RERANKED
from models_ml.config import RankerConfig
from tests.benchmarks.conftest import page_with
from tests.models_ml.conftest import TINY_RANKER
from tests.models_ml.evaluation.test_benchmark import write_benchmark

PAGE = page_with(recommendations.TABLE)


def test_every_model_has_a_row_plain_and_re_ranked(
    tmp_path: Path, told, monkeypatch: pytest.MonkeyPatch
) -> None:
    def small(**values: object) -> RankerConfig:
        return replace(TINY_RANKER, **{**values, "rounds": 5})

    monkeypatch.setattr(recommendations, "RankerConfig", small)
    write_benchmark(tmp_path)
    page, out = tmp_path / "models.md", tmp_path / "out.json"
    page.write_text(PAGE)
    words = (str(tmp_path), "--questions", "200", "--days", "1", "--policy", "any")
    found = told(recommendations.main, *words, "--out", str(out), "--docs", str(page))
    assert found["peer"] == "blend" and found["policy"] == "any" and found["questions"] > 0
    names = {f"{name}{how}" for name in (*BASELINES, "ranker") for how in ("", RERANKED)}
    assert {row["model"] for row in found["rows"]} == names
    text = page.read_text()
    assert "old" not in text and text.endswith("The end.\n")
    assert all(f"| {name} |" in text for name in names)
    head, rule, *rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in (head, rule, *rows)} == {head.count("|")}
    assert len(rows) == len(names)
