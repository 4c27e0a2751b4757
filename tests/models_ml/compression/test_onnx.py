"""onnxruntime says what torch says, on any corpus, and in 8 bits nearly so."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

from models_ml.compression import onnx as library
from models_ml.compression.onnx import quantised
from models_ml.data import sequences
from models_ml.data.corpus import Corpus, encode, queries_for_rows, target_rows
from models_ml.errors import ModelError
from models_ml.evaluation.evaluate import answer
from models_ml.scorer import Scorer
from tests.models_ml.conftest import make_events

for name in ("onnx", "onnxscript", "onnxruntime"):
    pytest.importorskip(name)


def test_scores_types_and_citations_equal_torch(run, trained, corpus: Corpus) -> None:
    assert isinstance(run, Scorer) and run.name == "st_transformer_onnx"
    queries = queries_for_rows(corpus, target_rows(corpus, "test")[:150])
    assert np.abs(run.score(corpus, queries) - trained.model.score(corpus, queries)).max() < 1e-5
    types = run.score_events(corpus, queries), trained.model.score_events(corpus, queries)
    assert np.abs(types[0] - types[1]).max() < 1e-5
    items = corpus.item[queries.row]
    cited = run.explain(corpus, queries, items), trained.model.explain(corpus, queries, items)
    for ours, theirs in zip(*cited, strict=True):
        assert {(c.row, c.role) for c in ours if c.weight > 1e-3} == {
            (c.row, c.role) for c in theirs if c.weight > 1e-3
        }


def test_a_corpus_of_another_length_and_a_user_without_a_past_are_answered(run, trained) -> None:
    other = encode(sequences.build(make_events(people=9, events=21, seed=8)))
    queries = queries_for_rows(other, other.order[[0, 5, -1]])
    assert queries.before[0] == 0
    assert np.abs(run.score(other, queries) - trained.model.score(other, queries)).max() < 1e-5


def test_eight_bits_are_smaller_and_rank_nearly_alike(run, trained, corpus: Corpus) -> None:
    small = quantised(run)
    assert len(small.network.model) < len(run.network.model)
    queries = queries_for_rows(corpus, target_rows(corpus, "test"))
    assert np.abs(small.score(corpus, queries) - run.score(corpus, queries)).max() > 0
    before, after = (
        float((1 / answer(one, corpus, queries).ranks).mean()) for one in (trained.model, small)
    )
    assert after > before - 0.02


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str, *rest: object) -> object:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(ModelError, match="onnxruntime is not installed") as caught:
        library.OnnxNetwork(b"", 1)
    assert "stevo[onnx]" in str(caught.value)
